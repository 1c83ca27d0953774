"""The reference client, held against a feed whose network can be broken."""

import ast
import gzip
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import feeds
import pytest
from disks import no_file_above, read_only
from feeds import EPOCH, EVENT, NOW, Answer, Fault, Feed, a_session, serving, state_of, text
from hypothesis import given, settings
from hypothesis import strategies as st

from event import text as event_text
from sync import phone as module
from sync.phone import Headers, Phone, Transport
from sync.replica import fold, verifies
from sync.transport import Http, boot_of, plain, since_boot
from sync.trouble import PhoneError

KILLS = int(os.environ.get("KILLS", "3"))
A_QUARTER = settings(max_examples=max(1, settings().max_examples // 4))
MOVED = ["session", 2, {"room_id": 2}]
BACK = ["session", 2, {"room_id": 1}]


class Clock:
    """A clock that stands until it is told to move."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


def a_phone(folder: Path, transport: Transport, **options: Any) -> Phone:
    defaults = {"boot": "b", "monotonic": lambda: 50.0, "clock": Clock()}
    return Phone(folder, transport, **(defaults | options))


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def phone(tmp_path: Path, feed: Feed, clock: Clock) -> Phone:
    """Return a phone that holds the first publish."""
    it = a_phone(tmp_path / "phone", feed, clock=clock)
    assert it.sync().outcome == "snapshot"
    feed.requests.clear()
    return it


def held(folder: Path, feed: Feed) -> tuple[int, int]:
    """Return which publish is on the disk, after comparing all of it; (0, 0) for none."""
    if not (folder / "mine.db").exists():
        return 0, 0
    phone = a_phone(folder, feed)
    status = phone.status()
    at = status["epoch"], status["seq"]
    rows = {key: [*row.values()] for key, row in phone.rows.items()}
    assert rows == feed.versions.get(at, {})
    assert at == (0, 0) or status["state"] == state_of(rows)
    return at


def sessions(phone: Phone) -> list[dict[str, Any]]:
    return [row for key, row in sorted(phone.rows.items(), key=repr) if key[0] == "session"]


def asked(phone: Phone, feed: Feed) -> int:
    """Return how many requests one sync makes."""
    before = len(feed.requests)
    phone.sync()
    return len(feed.requests) - before


def names(feed: Feed) -> list[str]:
    """Return what was asked for since the phone was made, without what is long in a name."""
    return [request.path.removeprefix("sync/public/").split("-")[0] for request in feed.requests]


def test_a_new_phone_asks_for_event_head_and_snapshot(tmp_path: Path, feed: Feed) -> None:
    phone = a_phone(tmp_path, feed)
    status = phone.status()
    assert (status["epoch"], status["age"], status["is_old"]) == (0, None, False)
    assert (phone.rows, phone.search("opening"), phone.new()) == ({}, set(), ((0, 0), {}))
    assert phone.sync().outcome == "snapshot"
    assert names(feed) == ["bootstrap", "head", "snapshot"]
    assert held(tmp_path, feed) == (EPOCH, 1)
    assert phone.new()[1] == {}
    assert phone.rows["session", 1] == {
        "id": 1, "title": text("Opening"), "subtitle": "{}", "abstract": "{}", "room_id": 1,
        "track_id": None, "starts_at": NOW + 3600, "ends_at": NOW + 6300, "state": "confirmed",
    }  # fmt: skip


def test_a_pinned_phone_needs_no_bootstrap_and_takes_no_other_event(
    tmp_path: Path, feed: Feed
) -> None:
    phone = a_phone(tmp_path, feed)
    phone.pin(EVENT, feed.key)
    assert phone.sync().outcome == "snapshot"
    assert names(feed) == ["head", "snapshot"]
    with pytest.raises(PhoneError, match="another event"):
        phone.pin(str(UUID(int=5)), feed.key)
    with pytest.raises(PhoneError, match="no key"):
        phone.pin(EVENT, "not a key")


def test_nothing_new_costs_one_request_and_no_body(phone: Phone, feed: Feed) -> None:
    result = phone.sync()
    assert (result.outcome, names(feed)) == ("unchanged", ["head"])
    assert 60 <= result.wait <= 90


def test_a_change_comes_with_the_head(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED)
    assert (phone.sync().outcome, names(feed)) == ("updated", ["head"])
    assert held(phone.folder, feed) == (EPOCH, 2)
    assert phone.rows["session", 2]["room_id"] == 2


def test_a_phone_that_was_away_fetches_the_segments_it_lacks(phone: Phone, feed: Feed) -> None:
    for number in range(3, 40):
        feed.publish(a_session(number))
    feed.snapshot()
    assert len(feed.log) == 4
    assert phone.sync().outcome == "updated"
    assert names(feed) == ["head", "log", "log", "log", "log"]
    assert held(phone.folder, feed) == (EPOCH, 38)
    for number in range(3, 20):
        feed.publish(["session", number])
    assert phone.sync().outcome == "updated"
    assert len(sessions(phone)) == 22
    held(phone.folder, feed)


def test_a_phone_that_was_away_too_long_takes_the_snapshot(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED)
    feed.publish(["session", 1])
    feed.snapshot()
    feed.forget()
    feed.publish(a_session(3))
    assert phone.sync().outcome == "snapshot"
    assert held(phone.folder, feed) == (EPOCH, 4)
    assert {key: (old is None, new is None) for key, (old, new) in phone.new()[1].items()} == {
        ("session", 1): (False, True),
        ("session", 2): (False, False),
        ("session", 3): (True, False),
    }


def test_a_new_snapshot_costs_an_up_to_date_phone_nothing(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED)
    phone.sync()
    feed.snapshot()
    feed.requests.clear()
    assert phone.sync().outcome == "unchanged"
    assert names(feed) == ["head"]


def test_another_epoch_is_reached_by_its_snapshot(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED)
    phone.sync()
    feed.restore((EPOCH, 1))
    assert phone.sync().outcome == "snapshot"
    assert held(phone.folder, feed) == (EPOCH + 1, 1)
    assert len([*phone.folder.glob("snapshot-*")]) == 1


def is_signed(head: bytes, key: str) -> bool:
    line, _, signature = head.partition(b"\n")
    with suppress(ValueError):
        return verifies(key, signature.decode(), b"eventday-head-v1\n" + line)
    return False


def test_a_flipped_bit_anywhere_in_a_head_is_refused(feed: Feed) -> None:
    feed.publish(MOVED)
    head = feed.heads[-1]
    assert is_signed(head, feed.key)
    for place, bit in itertools.product(range(len(head)), range(8)):
        flipped = bytearray(head)
        flipped[place] ^= 1 << bit
        assert not is_signed(bytes(flipped), feed.key)


def test_a_flipped_byte_anywhere_in_a_head_changes_nothing(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED)
    feed.fault, feed.only = Fault.FLIPPED, "head"
    for place in range(3, 8 * len(feed.heads[-1]), 8):
        feed.at = place
        assert phone.sync().outcome == "refused"
    assert held(phone.folder, feed) == (EPOCH, 1)
    feed.fault = None
    assert phone.sync().outcome == "updated"


@pytest.mark.parametrize(
    ("fault", "only", "outcome"),
    [
        (Fault.DOWN, "", "unreachable"),
        (Fault.DOWN, "log", "unreachable"),
        (Fault.BUSY, "", "unreachable"),
        (Fault.PORTAL, "", "refused"),
        (Fault.PORTAL, "log", "refused"),
        (Fault.FOREIGN, "head", "refused"),
        (Fault.FOREIGN, "log", "refused"),
        (Fault.FLIPPED, "log", "unreachable"),
        (Fault.ENCODING, "head", "unreachable"),
        (Fault.ENCODING, "log", "unreachable"),
        (Fault.TRUNCATED, "head", "unreachable"),
        (Fault.TRUNCATED, "log", "unreachable"),
        (Fault.ENDED, "head", "refused"),
        (Fault.ENDED, "log", "unreachable"),
    ],
)  # fmt: skip
def test_a_fault_only_means_later_and_never_a_snapshot(
    phone: Phone, feed: Feed, fault: Fault, only: str, outcome: str
) -> None:
    feed.publish(a_session(3, title=text("x" * 2000)))
    feed.fault, feed.only = fault, only
    result = phone.sync()
    assert result.outcome == outcome
    assert result.sentence.endswith(".")
    assert held(phone.folder, feed) == (EPOCH, 1)
    feed.fault = None
    assert phone.sync().outcome == "updated"
    assert not [name for name in names(feed) if name == "snapshot"]


def test_what_came_damaged_is_asked_for_without_caches(phone: Phone, feed: Feed) -> None:
    feed.publish(a_session(3, title=text("x" * 2000)))
    feed.fault, feed.only = Fault.FOREIGN, "log"
    phone.sync()
    feed.fault = None
    assert phone.sync().outcome == "updated"
    assert [request.headers.get("Cache-Control") for request in feed.requests] == [
        None, None, None, "no-cache",
    ]  # fmt: skip


def test_an_old_head_is_ignored_and_the_third_one_asks_past_the_caches(
    phone: Phone, feed: Feed
) -> None:
    feed.publish(MOVED)
    phone.sync()
    feed.publish(BACK)
    feed.fault, feed.at = Fault.STALE, 0
    feed.requests.clear()
    outcomes = [phone.sync().outcome for _ in range(3)]
    assert outcomes == ["stale", "stale", "updated"]
    assert [request.headers.get("Cache-Control") for request in feed.requests] == [
        None, None, None, "no-cache",
    ]  # fmt: skip
    assert held(phone.folder, feed) == (EPOCH, 3)


def test_another_schema_keeps_the_data_and_asks_for_an_update(phone: Phone, feed: Feed) -> None:
    feed.schema = 2
    feed.restore((EPOCH, 1))
    result = phone.sync()
    assert (result.outcome, names(feed)) == ("outdated", ["head"])
    assert "Update this app" in result.sentence
    assert held(phone.folder, feed) == (EPOCH, 1)


def test_a_head_of_another_event_is_refused(phone: Phone, feed: Feed) -> None:
    feed.issue(event=str(UUID(int=7)))
    assert phone.sync().outcome == "refused"


def spoil(folder: Path, old: bytes, new: bytes) -> None:
    """Change bytes of the snapshot as it lies on the disk."""
    (path,) = folder.glob("snapshot-*")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(old, new)))


def test_rows_that_drifted_are_never_shown_and_mended_by_a_snapshot(
    phone: Phone, feed: Feed
) -> None:
    spoil(phone.folder, b"Valleys", b"Volleys")
    phone = a_phone(phone.folder, feed)
    assert phone.rows == {}
    feed.publish(MOVED)
    assert phone.sync().outcome == "snapshot"
    assert held(phone.folder, feed) == (EPOCH, 2)


def test_another_state_at_the_same_seq_is_fetched_and_told_once(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED)
    phone.sync()
    feed.rows["session", 1] = [*feed.rows["session", 1][:-1], "cancelled"]
    feed.log, feed.tail = [], []
    feed.snapshot()
    assert phone.sync().outcome == "snapshot"
    assert held(phone.folder, feed) == (EPOCH, 2)
    assert [*phone.new()[1]] == [("session", 2), ("session", 1)]


def test_every_record_must_lead_to_its_own_state(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED)
    feed.tail[0] = feed.tail[0] | {"h": "0" * 16}
    feed.publish(BACK)
    assert phone.sync().outcome == "refused"
    assert held(phone.folder, feed) == (EPOCH, 1)


def test_a_server_that_contradicts_itself_is_not_asked_for_snapshots_all_day(
    phone: Phone, feed: Feed, clock: Clock
) -> None:
    feed.restore((EPOCH, 1))
    feed.issue(state="A" * 43)
    for _ in range(5):
        assert phone.sync().outcome == "refused"
    assert names(feed).count("snapshot") == 1
    assert held(phone.folder, feed) == (EPOCH, 1)
    clock.now += 600
    feed.issue()
    assert phone.sync().outcome == "snapshot"
    assert names(feed).count("snapshot") == 2


@pytest.mark.parametrize(
    "op",
    [
        ["local_stand", {"value": "{}"}],
        ["sync_meta", "schema", {"value": "2"}],
        ["sqlite_master", 1],
        ["nothing", 1],
        ["session", 1, 2],
        ["session", 1, {"id": 3}],
        ["session", 1, {"title": ["list"]}],
        ["session", 1, {"room_id": True}],
        ["session", 1, {"room_id": 1.5}],
        ["session", 1, {"room_id": 2**70}],
        ["session", 1, {"room_id": "no number"}],
        ["session", 1, {"title": "another"}],
        ["session", [1], {"room_id": 1}],
        ["session", 77, {"room_id": 1}],
        ["session", 1, {"title": "\ud800"}],
        [["session"], 1],
        [],
        5,
        None,
    ],
)
def test_an_op_may_only_set_known_columns_of_known_tables(
    phone: Phone, feed: Feed, op: Any
) -> None:
    h = feeds.decoded(state_of(feed.rows))[:8].hex()
    tail = [{"s": 2, "h": h, "ops": [op]}]
    line = json.dumps(json.loads(feed.heads[-1].partition(b"\n")[0]) | {"seq": 2, "tail": tail})
    feed.heads.append(feeds.signed(line.encode(), feed.keys[-1]))
    assert phone.sync().outcome == "refused"
    assert held(phone.folder, feed) == (EPOCH, 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)
MEMBERS = ("v", "event", "epoch", "seq", "schema", "state", "issued", "expires", "snapshot",
           "log_from", "log", "tail", "poll")  # fmt: skip


@A_QUARTER
@given(name=st.sampled_from(MEMBERS), value=JSON)
def test_a_signed_head_may_still_be_nonsense(
    name: str, value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    feed, folder = Feed(), tmp_path_factory.mktemp("phone")
    phone = a_phone(folder, feed)
    phone.sync()
    feed.publish(MOVED)
    line = json.loads(feed.heads[-1].partition(b"\n")[0]) | {name: value}
    feed.heads.append(feeds.signed(json.dumps(line).encode(), feed.keys[-1]))
    if type(value) is int:
        feed.versions[value if name == "epoch" else EPOCH, 2] = feed.rows  # another lineage
    assert phone.sync().outcome in {
        "refused",
        "outdated",
        "updated",
        "snapshot",
        "stale",
        "unchanged",
    }
    held(folder, feed)
    phone.status()


def test_a_broken_download_is_continued_and_not_begun_again(tmp_path: Path, feed: Feed) -> None:
    size = len(feed.files[f"{feed.listed['name']}.gz"])
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.TRUNCATED, "snapshot"
    assert phone.sync().outcome == "unreachable"
    assert phone.sync().outcome == "unreachable"
    feed.fault = None
    phone = a_phone(tmp_path, feed)
    result = phone.sync()
    assert result.outcome == "snapshot"
    assert feed.requests[-1].headers["Range"] == f"bytes={size // 2 + (size - size // 2) // 2}-"
    assert held(tmp_path, feed) == (EPOCH, 1)
    assert not [*tmp_path.glob("*.part")]


@pytest.mark.parametrize("fault", [Fault.NO_RANGE, Fault.BAD_RANGE])
def test_a_server_without_ranges_sends_it_from_the_start(
    tmp_path: Path, feed: Feed, fault: Fault
) -> None:
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.TRUNCATED, "snapshot"
    phone.sync()
    feed.fault = fault
    first = phone.sync().outcome
    assert first == ("snapshot" if fault is Fault.NO_RANGE else "refused")
    assert phone.sync().outcome == ("unchanged" if fault is Fault.NO_RANGE else "snapshot")


@pytest.mark.parametrize("fault", [Fault.FLIPPED, Fault.FOREIGN, Fault.PORTAL])
def test_a_damaged_snapshot_is_thrown_away(tmp_path: Path, feed: Feed, fault: Fault) -> None:
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = fault, "snapshot"
    for place in (0, 100, 3000, 8 * len(feed.files[f"{feed.listed['name']}.gz"]) - 1):
        feed.at = place
        assert phone.sync().outcome in {"refused", "unreachable"}
        assert held(tmp_path, feed) == (0, 0)
    feed.fault = None
    assert phone.sync().outcome in {"snapshot", "unreachable"}
    assert phone.sync().outcome in {"snapshot", "unchanged"}
    assert held(tmp_path, feed) == (EPOCH, 1)


def test_a_download_that_ended_without_a_word_begins_again(tmp_path: Path, feed: Feed) -> None:
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.ENDED, "snapshot"
    assert phone.sync().outcome == "refused"
    feed.fault = None
    assert phone.sync().outcome == "snapshot"


def test_the_snapshot_is_fetched_once_what_follows_it_is_here(tmp_path: Path, feed: Feed) -> None:
    feed.publish(a_session(3, title=text("x" * 2000)))
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.DOWN, "log"
    assert phone.sync().outcome == "unreachable"
    assert names(feed) == ["bootstrap", "head", "log"]
    feed.fault = None
    assert phone.sync().outcome == "snapshot"
    assert names(feed)[3:] == ["head", "log", "snapshot"]


def test_the_part_of_another_snapshot_is_thrown_away(tmp_path: Path, feed: Feed) -> None:
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.TRUNCATED, "snapshot"
    phone.sync()
    feed.fault = None
    feed.publish(MOVED)
    feed.snapshot()
    phone.sync()
    assert "Range" not in feed.requests[-1].headers
    assert held(tmp_path, feed) == (EPOCH, 2)


def test_an_answer_without_end_is_cut_off(tmp_path: Path) -> None:
    given = itertools.count()

    def endless(*_: object) -> Answer:
        return 200, {}, (bytes(1 << 16) for _ in given)

    assert a_phone(tmp_path, endless).sync().outcome == "refused"
    assert next(given) < 300


def test_a_small_answer_that_unpacks_to_a_large_one_is_cut_off(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(1 << 28))

    def bombing(*_: object) -> Answer:
        return 200, {}, plain(iter([bomb]), "gzip")

    tracemalloc.start()
    assert a_phone(tmp_path, bombing).sync().outcome == "refused"
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 26


def test_a_phone_walks_over_all_rotations_it_missed(phone: Phone, feed: Feed) -> None:
    build = feed.key
    for _ in range(3):
        feed.rotate()
    feed.publish(MOVED)
    assert phone.sync().outcome == "updated"
    assert names(feed) == ["head", "keys"]
    phone.pin(EVENT, build)
    feed.publish(BACK)
    assert asked(phone, feed) == 1


def test_links_that_are_forged_turned_or_cut_lead_nowhere(phone: Phone, feed: Feed) -> None:
    feed.rotate()
    feed.rotate()
    good = list(feed.links)
    turned = [{"from": link["to"], "to": link["from"], "sig": link["sig"]} for link in good]
    forged = [good[0] | {"sig": good[1]["sig"]}, good[1]]
    for links in ([], good[1:], turned, forged, [{}], [None], {}, [{"from": [], "to": 1}],
                  [good[0] | {"sig": 5}], [good[0] | {"to": None}]):  # fmt: skip
        feed.links = links
        assert phone.sync().outcome == "refused"
    feed.links = good[::-1]
    assert phone.sync().outcome == "unchanged"


def test_failures_wait_longer_and_longer_and_up_to_two_minutes(phone: Phone, feed: Feed) -> None:
    feed.fault = Fault.DOWN
    waits = [phone.sync().wait for _ in range(200)]
    assert 1 <= waits[0] <= 2
    assert all(1 <= wait <= 120 for wait in waits)
    assert min(waits[7:]) < 10
    assert max(waits) > 110
    feed.fault = None
    phone.sync()
    feed.fault = Fault.DOWN
    assert phone.sync().wait <= 2


@pytest.mark.parametrize(("value", "seconds"), [("7", 7), ("0", 0), ("99999999999", 86_400)])
def test_retry_after_is_obeyed(tmp_path: Path, value: str, seconds: int) -> None:
    def busy(*_: object) -> Answer:
        return 503, {"retry-after": value}, iter([b""])

    assert seconds + 1 <= a_phone(tmp_path, busy).sync().wait <= seconds + 2


def test_the_age_counts_from_the_last_check_and_a_week_is_old(
    phone: Phone, feed: Feed, clock: Clock
) -> None:
    def age(phone: Phone) -> tuple[float, bool]:
        status = phone.status()
        return status["age"], status["is_old"]

    clock.now += 3600
    assert age(phone) == (3600, False)
    feed.fault = Fault.DOWN
    phone.sync()
    assert age(phone) == (3600, False)
    clock.now += 10 * 86_400
    assert age(phone) == (3600 + 10 * 86_400, True)
    assert age(a_phone(phone.folder, feed, clock=clock)) == age(phone)
    feed.fault = None
    feed.issued = NOW + 10 * 86_400
    feed.issue()
    assert phone.sync().outcome == "unchanged"
    assert age(phone) == (0, False)
    assert 0 <= phone.pause() <= 30


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lodz", [2]),
        ("ŁÓDŹ", [2]),
        ("lucja", [2]),
        ("Ł\u00f3dzka z\u0307ak", [2]),
        ("smorrebrod strasse", [3]),
        ("ærø", [3]),
        ("aero", [3]),
        ("dakovo", [3]),
        ("hall", [1, 2]),
        ("hall valleys", [2]),
        ("welcome", [1]),
        ("hydrogen", [3]),
        ("pl", []),
        ("nowhere", []),
        ("%", []),
        ("", []),
    ],
)
def test_search_sees_no_case_and_no_diacritics(
    phone: Phone, feed: Feed, query: str, found: list[int]
) -> None:
    title = feeds.canonical({"pl": "Smørrebrød, Straße", "en": "Ærø in Đakovo"}).decode()
    feed.publish(a_session(3, title=title, track_id=1))
    phone.sync()
    assert phone.search(query) == {*found}


@given(st.text())
def test_text_is_folded_as_the_server_folds_it(value: str) -> None:
    assert fold(value) == event_text.fold(value)


def test_the_search_index_follows_the_log(phone: Phone, feed: Feed) -> None:
    feed.publish(
        ["speaker", 1, {"name": "Ada Novák"}],
        ["room", 2, {"name": text("Aula")}],
        MOVED,
        ["part", 1],
        ["session", 1, {"title": text("Farewell")}],
    )
    assert phone.sync().outcome == "updated"
    found = {word: phone.search(word) for word in ("zak", "novak", "aula", "welcome", "fare")}
    assert found == {"zak": set(), "novak": {2}, "aula": {2}, "welcome": set(), "fare": {1}}


def test_what_is_new_is_each_row_as_it_was_shown_and_as_it_is(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED, ["session", 1, {"state": "cancelled"}])
    feed.publish(["session", 2, {"starts_at": NOW}], a_session(3))
    shown = phone.rows["session", 2]
    phone.sync()
    news = at, changes = phone.new()
    assert at == (EPOCH, 3)
    assert {*changes} == {("session", 1), ("session", 2), ("session", 3)}
    assert changes["session", 2] == (shown, shown | {"room_id": 2, "starts_at": NOW})
    assert changes["session", 3] == (None, phone.rows["session", 3])
    phone.shown(news)
    assert phone.new()[1] == {}
    phone = a_phone(phone.folder, feed)
    feed.publish(["session", 1], ["session", 2, {"starts_at": NOW + 60}])
    phone.sync()
    gone, moved = (phone.new()[1]["session", number] for number in (1, 2))
    assert gone[1] is None
    assert moved == (shown | {"room_id": 2, "starts_at": NOW}, phone.rows["session", 2])


def test_what_changed_and_changed_back_is_not_new(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED)
    phone.sync()
    feed.publish(BACK, a_session(3))
    phone.sync()
    feed.publish(["session", 3])
    row = dict(zip(feeds.COLUMNS["session"], feed.rows["session", 1], strict=True))
    feed.publish(["session", 1])
    feed.publish(["session", 1, {name: row[name] for name in row if name != "id"}])
    phone.sync()
    assert phone.new()[1] == {}
    phone.shown(phone.new())
    assert phone.status()["unsent"] == 1


def test_what_came_between_looking_and_closing_the_list_stays_new(phone: Phone, feed: Feed) -> None:
    feed.publish(MOVED)
    phone.sync()
    news = phone.new()
    feed.publish(a_session(3))
    phone.sync()
    phone.shown(news)
    phone.shown(news)
    assert [*phone.new()[1]] == [("session", 3)]
    assert phone.flush().outcome == "sent"
    assert [item["payload"] for item in feed.items.values()] == [{"epoch": EPOCH, "seq": 2}]


def picture(feed: Feed, number: int, content: bytes, priority: int = 1) -> list[Any]:
    digest = sha256(content).hexdigest()
    feed.files[f"media-{digest}.png"] = content
    columns = {"media_type": "image/png", "bytes": len(content), "priority": priority}
    return ["media", number, {"sha256": digest, **columns}]


def kept_media(phone: Phone) -> set[bytes]:
    return {path.read_bytes() for path in phone.folder.glob("media-*") if path.suffix != ".part"}


def test_media_are_fetched_by_priority_and_dropped_when_unlisted(phone: Phone, feed: Feed) -> None:
    feed.publish(picture(feed, 1, b"one", 9), picture(feed, 2, b"two", 1))
    assert asked(phone, feed) == 3
    assert kept_media(phone) == {b"one", b"two"}
    assert feed.requests[1].path.endswith(f"media-{sha256(b'two').hexdigest()}.png")
    feed.publish(["media", 1])
    assert asked(phone, feed) == 1
    assert kept_media(phone) == {b"two"}


def test_a_picture_that_fails_holds_up_nothing_and_is_left_for_ten_minutes(
    phone: Phone, feed: Feed, clock: Clock
) -> None:
    feed.publish(picture(feed, 1, b"one", 1), picture(feed, 2, b"two", 2))
    feed.fault, feed.only = Fault.FLIPPED, sha256(b"one").hexdigest()
    assert phone.sync().outcome == "updated"
    assert asked(phone, feed) == 2
    assert kept_media(phone) == {b"two"}
    feed.fault = None
    assert asked(phone, feed) == 1
    clock.now += 600
    assert asked(phone, feed) == 2
    assert kept_media(phone) == {b"one", b"two"}


@pytest.mark.parametrize(
    "columns",
    [{"sha256": "../../mine.db"}, {"sha256": "F" * 64}, {"media_type": "text/html"}],
)
def test_a_strange_medium_is_left_alone(phone: Phone, feed: Feed, columns: dict[str, Any]) -> None:
    op = picture(feed, 1, b"content" * 1000)
    feed.publish([*op[:2], op[2] | columns])
    assert phone.sync().outcome == "updated"
    assert kept_media(phone) == set()


def sent(feed: Feed) -> list[int]:
    return [len(post["items"]) for post in feed.posts]


def test_an_item_is_on_the_disk_when_put_returns(tmp_path: Path, feed: Feed) -> None:
    phone = a_phone(tmp_path, feed, monotonic=lambda: 12.5, boot="b")
    made = [phone.put("bookmark", {"session": n, "note": "zażółć"}) for n in (1, 2)]
    assert [UUID(item).version for item in made] == [7, 7]
    assert UUID(made[0]).int >> 80 == NOW * 1000
    phone = a_phone(tmp_path, feed, monotonic=lambda: 20, boot="c")
    assert phone.status()["unsent"] == 2
    result = phone.flush()
    assert (result.outcome, len(feed.posts), phone.status()["unsent"]) == ("sent", 1, 0)
    (post,) = feed.posts
    assert {name: post[name] for name in post if name not in {"items", "device"}} == {
        "boot": "c", "sent_at": NOW * 1000, "sent_mono": 20_000,
    }  # fmt: skip
    assert UUID(post["device"])
    assert post["items"][0] == {
        "id": made[0], "n": 1, "kind": "bookmark", "boot": "b", "mono": 12_500,
        "payload": {"session": 1, "note": "zażółć"},
    }  # fmt: skip
    assert post["items"][1]["n"] == 2


def test_the_boot_and_the_time_since_are_those_of_the_device(tmp_path: Path, feed: Feed) -> None:
    for name in ("one", "two"):
        phone = Phone(tmp_path / name, feed, boot=boot_of(), monotonic=since_boot)
        phone.put("seen", {})
        phone.flush()
    one, two = feed.posts
    assert one["boot"] == two["boot"]
    assert one["sent_mono"] <= two["sent_mono"]
    assert one["device"] != two["device"]


def test_an_item_says_of_its_clocks_only_what_does_not_follow(tmp_path: Path, feed: Feed) -> None:
    now = {"clock": float(NOW), "monotonic": 50.0}
    clocks = {"clock": lambda: now["clock"], "monotonic": lambda: now["monotonic"]}
    phone = a_phone(tmp_path, feed, **clocks)
    phone.put("bookmark", {"session": 1})
    now |= {"clock": NOW + 3600.0, "monotonic": 60.0}  # the clock was put forward
    phone.put("bookmark", {"session": 2})
    phone.flush()
    first, second = feed.posts[0]["items"]
    assert (first["mono"], first.keys() & {"t", "boot"}) == (50_000, set())
    assert second.keys() == {"id", "n", "kind", "payload"}


def test_at_most_two_hundred_items_and_a_megabyte_go_at_once(phone: Phone, feed: Feed) -> None:
    for number in range(250):
        phone.put("bookmark", {"session": number, "note": "x" * 9000 * (number >= 201)})
    assert phone.flush().outcome == "sent"
    assert sent(feed) == [200, 50]
    for number in range(150):
        phone.put("bookmark", {"session": number, "note": "x" * 9000})
    phone.flush()
    assert max(len(feeds.canonical(post)) for post in feed.posts) < 1_000_000
    assert [item["n"] for post in feed.posts for item in post["items"]] == [*range(1, 401)]


@pytest.mark.parametrize(
    "fault",
    [Fault.DOWN, Fault.BUSY, Fault.PORTAL, Fault.LOST, Fault.TRUNCATED, Fault.ENDED, Fault.FLIPPED],
)
def test_what_has_no_receipt_is_sent_again_as_it_was(
    phone: Phone, feed: Feed, fault: Fault
) -> None:
    item = phone.put("bookmark", {"session": 1})
    feed.fault, feed.only, feed.at = fault, "outbox", 500
    result = phone.flush()
    assert result.outcome in {"unreachable", "refused"}
    assert phone.status()["unsent"] == 1
    feed.fault = None
    assert phone.flush().outcome == "sent"
    assert [*feed.items] == [item]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"null", b'{"receipts":[]}', b'{"receipts":{}}', b'{"receipts":[null]}',
     b'{"receipts":[{"id":[],"status":"stored"}]}', b'{"receipts":[{"id":"x","status":"stored"}]}',
     b'{"receipts":[{"id":"%s","status":"lost"}]}', b'{"receipts":[{"id":"%s","status":[]}]}',
     b"[" * 100_000],
)  # fmt: skip
def test_an_answer_that_is_no_receipt_frees_nothing(tmp_path: Path, body: bytes) -> None:
    made: list[str] = []

    def strange(*_: object) -> Answer:
        return 200, {}, iter([body.replace(b"%s", made[0].encode())])

    phone = a_phone(tmp_path, strange)
    made.append(phone.put("seen", {}))
    assert phone.flush().outcome == "refused"
    assert phone.status()["unsent"] == 1


def test_a_refused_envelope_and_quarantine_lose_nothing(phone: Phone, feed: Feed) -> None:
    phone.put("odd", {})
    phone.put("bookmark", {})
    feed.fault = Fault.DENIED
    assert phone.flush().outcome == "refused"
    feed.fault = None
    feed.quarantined = {"odd"}
    told: list[Any] = []
    assert phone.flush(told.extend).outcome == "sent"
    assert phone.status()["unsent"] == 0
    assert [(receipt["status"], receipt.get("code")) for receipt in told] == [
        ("quarantined", "unknown-kind"),
        ("stored", None),
    ]


def test_items_are_put_while_another_thread_syncs(phone: Phone, feed: Feed) -> None:
    def work() -> None:
        for number in range(20):
            phone.put("bookmark", {"session": number})

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        feed.publish(MOVED if feed.seq % 2 else BACK)
        assert phone.sync().outcome == "updated"
        assert phone.flush().outcome in {"sent", "unchanged"}
    phone.flush()
    assert sorted(item["n"] for item in feed.items.values()) == [*range(1, 41)]


def test_another_feed_is_followed_with_headers_of_its_own(tmp_path: Path, feed: Feed) -> None:
    asked: list[tuple[str, str | None]] = []

    def door(path: str, headers: Headers, body: bytes | None) -> Answer:
        asked.append((path.rpartition("/")[0], headers.get("Authorization")))
        return feed(path.replace("/door/", "/public/"), headers, body)

    phone = a_phone(tmp_path, door, feed="door", headers={"Authorization": "Bearer x"})
    phone.pin(EVENT, feed.key)
    assert phone.sync().outcome == "snapshot"
    feed.rotate()
    feed.publish(a_session(3, title=text("x" * 2000)))
    assert phone.sync().outcome == "updated"
    phone.put("scan", {"gate": 1})
    assert phone.flush().outcome == "sent"
    assert {*asked} == {("sync/door", "Bearer x"), ("sync", "Bearer x")}
    assert held(tmp_path, feed) == (EPOCH, 2)


def test_receipts_are_told_again_until_they_were_taken(phone: Phone) -> None:
    item = phone.put("bookmark", {})

    def crash(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        phone.flush(crash)
    told: list[Any] = []
    assert phone.flush(told.extend).outcome == "sent"
    assert [receipt["id"] for receipt in told] == [item]


@pytest.mark.parametrize(
    "payload", [{"x": "x" * 10_000}, {"x": object()}, {"x": float("nan")}, {"x": "\ud800"}]
)
def test_what_cannot_be_sent_is_not_taken(phone: Phone, payload: dict[str, Any]) -> None:
    with pytest.raises(PhoneError, match="cannot be sent"):
        phone.put("bookmark", payload)
    phone.put("bookmark", {})
    with closing(sqlite3.connect(phone.folder / "mine.db")) as db:
        assert db.execute("SELECT n FROM item").fetchall() == [(1,)]


def test_after_another_epoch_the_last_seven_days_are_sent_again(
    phone: Phone, feed: Feed, clock: Clock
) -> None:
    phone.put("bookmark", {"session": 1})
    phone.flush()
    clock.now += 6 * 86_400
    young = phone.put("bookmark", {"session": 2})
    phone.flush()
    clock.now += 2 * 86_400
    feed.restore((EPOCH, 1))
    phone.sync()
    assert phone.status()["unsent"] == 1
    feed.items.clear()
    phone.flush()
    assert [*feed.items] == [young]
    phone.sync()
    assert phone.status()["unsent"] == 0
    phone.put("bookmark", {"session": 3})
    phone.flush()
    assert feed.posts[-1]["items"][0]["n"] == 3


@pytest.mark.parametrize("size", [0, 100, 1000, 5000, 20_000, 30_000, 40_000])
def test_on_a_full_disk_the_old_data_stay(phone: Phone, feed: Feed, size: int) -> None:
    feed.publish(MOVED)
    with no_file_above(size):
        first = phone.sync()
    assert first.outcome in {"unwritable", "updated"}
    assert names(feed) == ["head"]
    held(phone.folder, feed)
    feed.restore((EPOCH, 1))
    feed.publish(a_session(3, title=text("x" * 20_000)))
    with no_file_above(size):
        second = phone.sync()
        for failed in (first, second):
            if failed.outcome == "unwritable":
                assert "free some space" in failed.sentence
    held(phone.folder, feed)
    if size == 0:
        with no_file_above(size), pytest.raises(PhoneError, match="free some space"):
            phone.put("bookmark", {})
        assert first.outcome == second.outcome == "unwritable"
        assert phone.status()["unsent"] == 0
    assert phone.sync().outcome in {"snapshot", "unchanged"}
    assert held(phone.folder, feed) == (EPOCH + 1, 2)


def test_in_a_read_only_folder_the_agenda_can_be_read(feed: Feed) -> None:
    # Not in pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp())
    phone = a_phone(folder, feed)
    phone.sync()
    feed.publish(MOVED)
    with read_only(folder):
        phone = a_phone(folder, feed)
        result = phone.sync()
        assert (result.outcome, "allow writing" in result.sentence) == ("unwritable", True)
        assert len(sessions(phone)) == 2
        assert phone.status()["seq"] == 1
        with pytest.raises(PhoneError, match="allow writing"):
            phone.put("bookmark", {})
    phone = a_phone(folder, feed)
    assert phone.sync().outcome == "updated"
    shutil.rmtree(folder)


def test_a_folder_that_is_none_is_refused_in_a_sentence(tmp_path: Path, feed: Feed) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PhoneError, match="Nothing can be stored here"):
        a_phone(tmp_path / "file" / "phone", feed)


@pytest.mark.parametrize("content", [b"", b"rubbish" * 1000, None])
def test_a_lost_or_damaged_snapshot_is_fetched_again(
    phone: Phone, feed: Feed, content: bytes | None
) -> None:
    phone.put("bookmark", {})
    (path,) = phone.folder.glob("snapshot-*")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    phone = a_phone(phone.folder, feed)
    assert phone.rows == {}
    assert phone.sync().outcome == "snapshot"
    assert held(phone.folder, feed) == (EPOCH, 1)
    assert phone.status()["unsent"] == 1


@A_QUARTER
@given(places=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=9))))
def test_whatever_went_bad_on_the_disk_people_get_a_sentence(
    places: list[tuple[int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    feed, folder = Feed(), tmp_path_factory.mktemp("phone")
    phone = a_phone(folder, feed)
    phone.sync()
    feed.publish(MOVED)
    phone.sync()
    phone.put("bookmark", {})
    for number, (place, rubbish) in enumerate(places):
        path = [*folder.glob("snapshot-*"), folder / "mine.db"][number % 2]
        content = path.read_bytes()
        place %= len(content)  # noqa: PLW2901
        path.write_bytes(content[:place] + rubbish + content[place + len(rubbish) :])
    feed.publish(BACK)
    with suppress(PhoneError):
        phone = a_phone(folder, feed)
        phone.sync()
        phone.flush()
        for read in (phone.status, phone.new, lambda: phone.search("a")):
            with suppress(PhoneError):
                read()


def test_the_client_stands_alone_and_is_short() -> None:
    """What it imports of ours counts as well, however deep."""
    root = Path(module.__file__).parents[1]
    names, counted = ["sync.phone"], {}
    while names:
        name = names.pop()
        file = root.joinpath(*name.split(".")).with_suffix(".py")
        if not file.exists():
            is_inside = root.joinpath(*name.split(".")[:-1]).with_suffix(".py").exists()
            known = sys.stdlib_module_names | {"cryptography"}
            assert is_inside or name.split(".")[0] in known, name
            continue
        counted[name] = len(file.read_text().splitlines())
        for node in ast.walk(ast.parse(file.read_text())):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                found = [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
            names += {*found} - counted.keys()
    assert counted["sync.phone"] < 400, counted
    assert sum(counted.values()) < 700, counted


_EFFECTS = {
    "execute",
    "executemany",
    "executescript",
    "write",
    "flush",
    "fsync",
    "replace",
    "unlink",
}


@contextmanager
def every_crash(folder: Path, copies: Path) -> Iterator[list[Path]]:
    """Collect what a crash would leave: a copy of the folder before each effect on the disk."""
    found: dict[str, Path] = {}

    def before(_: object, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in _EFFECTS:
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            content = b"".join(path.name.encode() + path.read_bytes() for path in files)
            if (name := sha256(content).hexdigest()) not in found:
                found[name] = copies / name
                shutil.copytree(folder, found[name])

    crashes: list[Path] = []
    sys.setprofile(before)
    try:
        yield crashes
    finally:
        sys.setprofile(None)
        crashes.extend(found.values())


@pytest.mark.parametrize("way", ["first", "log", "snapshot"])
def test_a_crash_at_any_moment_leaves_one_publish_and_every_item(
    tmp_path: Path, feed: Feed, way: str
) -> None:
    folder = tmp_path / "phone"
    if way != "first":
        phone = a_phone(folder, feed)
        phone.sync()
        phone.put("bookmark", {})
        phone.flush()
    old = held(folder, feed)
    feed.publish(MOVED)
    if way == "snapshot":
        feed.restore((EPOCH, 2))
    feed.publish(a_session(3), picture(feed, 1, b"picture"))
    new = feed.epoch, feed.seq
    folder.mkdir(exist_ok=True)
    with every_crash(folder, tmp_path) as crashes:
        phone = a_phone(folder, feed)
        item = phone.put("bookmark", {})
        phone.sync()
        phone.shown(phone.new())
        phone.flush()
    assert len(crashes) > 10
    for crash in crashes:
        assert held(crash, feed) in {old, new}
        phone = a_phone(crash, feed)
        assert phone.sync().outcome in {"snapshot", "updated", "unchanged"}
        assert held(crash, feed) == new
        assert kept_media(phone) == {b"picture"}
        assert len([*crash.glob("snapshot-*")]) == 1
        # Whatever the moment: it is new until it was shown, then the organisers are told.
        assert bool(phone.new()[1]) == (way != "first" and not kinds(crash, "seen"))
        phone.flush()
        assert phone.status()["unsent"] == 0
        # The number is given away with the item, or not at all.
        numbers = [n for (n,) in kinds(crash, "%")]
        assert numbers == [*range(1, len(numbers) + 1)]
    assert item in feed.items


def test_what_was_never_applied_is_never_new(tmp_path: Path, feed: Feed) -> None:
    folder = tmp_path / "phone"
    phone = a_phone(folder, feed)
    phone.sync()
    feed.publish(MOVED)
    with every_crash(folder, tmp_path) as crashes:
        phone = a_phone(folder, feed)
        phone.sync()
    feed.restore((EPOCH, 1))
    assert {held(crash, feed) for crash in crashes} == {(EPOCH, 1), (EPOCH, 2)}
    for crash in crashes:
        phone = a_phone(crash, feed)
        assert phone.sync().outcome == "snapshot"
        assert phone.new()[1] == {}


def kinds(folder: Path, kind: str) -> list[tuple[int]]:
    with closing(sqlite3.connect(folder / "mine.db")) as db:
        return db.execute(
            "SELECT n FROM item WHERE json_extract(item, '$.kind') LIKE ? ORDER BY n", (kind,)
        ).fetchall()


def test_a_file_is_on_the_disk_before_its_name_and_its_name_before_it_is_pointed_at(
    tmp_path: Path, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, bool]] = []
    phone = a_phone(tmp_path, feed)
    for name, function in (("fsync", os.fsync), ("rename", os.replace)):

        def noted(*args: Any, name: str = name, function: Any = function) -> Any:
            with closing(sqlite3.connect(tmp_path / "mine.db")) as db:
                pointed = db.execute("SELECT value FROM setting WHERE name = 'snapshot'").fetchone()
            done.append((name, pointed is not None))
            return function(*args)

        monkeypatch.setattr(os, name.replace("rename", "replace"), noted)
    assert phone.sync().outcome == "snapshot"
    # The pointer itself is SQLite's, whose commit syncs its folder with its journal.
    assert done == [("fsync", False), ("rename", False)]


PHONE = """
import sys
from pathlib import Path
from sync.phone import Phone
from sync.transport import Http, boot_of, since_boot
phone = Phone(Path(sys.argv[1]), Http(sys.argv[2]), boot=boot_of(), monotonic=since_boot)
while True:
    print(phone.put("bookmark", {}), flush=True)
    phone.sync()
    phone.shown(phone.new())
    phone.flush()
"""


def test_a_killed_phone_holds_one_publish_and_every_item(tmp_path: Path, feed: Feed) -> None:
    put: set[str] = set()
    random = Random(KILLS)  # noqa: S311
    at, number = (0, 0), 3
    with serving(feed) as address:
        for _ in range(KILLS):
            process = subprocess.Popen(
                [sys.executable, "-c", PHONE, tmp_path, address], stdout=subprocess.PIPE, text=True
            )
            assert process.stdout
            with process:
                for _ in range(random.randrange(1, 12)):
                    put.add(process.stdout.readline().strip())
                    number += 1
                    feed.publish(a_session(number, title=text("x" * random.randrange(900))))
                    if random.random() < 0.3:
                        feed.restore((feed.epoch, feed.seq))
                process.send_signal(signal.SIGKILL)
                put.update(process.stdout.read().split())
            before, at = at, held(tmp_path, feed)
            assert at >= before
    put.discard("")
    phone = a_phone(tmp_path, feed, clock=time.time)
    phone.sync()
    phone.flush()
    assert held(tmp_path, feed) == (feed.epoch, feed.seq)
    assert phone.status()["unsent"] == 0
    assert put <= feed.items.keys()
    items = sorted(feed.items.values(), key=lambda item: item["n"])
    assert [item["n"] for item in items] == [*range(1, len(items) + 1)]


def test_over_http_everything_is_the_same(tmp_path: Path, feed: Feed) -> None:
    with serving(feed) as address:
        phone = a_phone(tmp_path, Http(address))
        feed.fault, feed.only = Fault.TRUNCATED, "snapshot"
        assert phone.sync().outcome == "unreachable"
        feed.fault = None
        assert phone.sync().outcome == "snapshot"
        assert "Range" in feed.requests[-1].headers
        assert asked(phone, feed) == 1
        for number in range(3, 30):
            feed.publish(a_session(number), picture(feed, 1, b"picture"))
        for fault, outcome in (
            (Fault.DOWN, "unreachable"),
            (Fault.TRUNCATED, "unreachable"),
            (Fault.BUSY, "unreachable"),
            (Fault.PORTAL, "refused"),
            (Fault.ENCODING, "unreachable"),
        ):
            feed.fault, feed.only = fault, ""
            assert phone.sync().outcome == outcome
        feed.fault = None
        assert phone.sync().outcome == "updated"
        assert kept_media(phone) == {b"picture"}
        phone.put("bookmark", {})
        assert phone.flush().outcome == "sent"
    phone = a_phone(tmp_path, Http(address))
    assert phone.sync().outcome == "unreachable"


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/hostname",
        "ftp://127.0.0.1/",
        "https://127.0.0.1:1/",
        "data:,x",
        "http://[",
        "//",
    ],
)
def test_a_redirect_to_another_scheme_is_not_followed(
    tmp_path: Path, feed: Feed, target: str
) -> None:
    with serving(feed) as address:
        phone = a_phone(tmp_path, Http(address))
        feed.redirect = target
        assert phone.sync().outcome in {"unreachable", "refused"}


def test_a_server_that_drips_is_left(tmp_path: Path, feed: Feed) -> None:
    with serving(feed) as address:
        phone = a_phone(tmp_path, Http(address, patience=-1))
        assert phone.sync().outcome == "unreachable"
    with pytest.raises(PhoneError, match="https"):
        Http("file:///etc")


PUBLISHES = st.tuples(
    st.just("publish"),
    st.lists(
        st.tuples(
            st.sampled_from(["session", "drop", "speaks", "silent", "room"]),
            st.integers(1, 5),
            st.sampled_from(["", "ż", "x" * 300]),
        ),
        max_size=3,
        unique_by=lambda what: what[1],
    ),
)
MOVES = st.tuples(
    st.sampled_from(["cut", "snapshot", "forget", "restore", "rotate", "issue"]), st.integers(0, 9)
)
SYNCS = st.tuples(
    st.just("sync"),
    st.tuples(
        st.integers(0, 1),
        st.sampled_from([None, None, *Fault]),
        st.sampled_from(["", "head", "log", "snapshot", "keys", "outbox"]),
        st.integers(0, 9999),
    ),
)


def change(feed: Feed, what: str, number: int, words: str) -> list[Any]:
    if what == "room":
        return ["room", 1 + number % 2, {"name": text(words)}]
    if what == "drop":
        return ["session", number]
    if what in {"speaks", "silent"}:
        key = ["session_speaker", number, 0, 1, "speaker"]
        return [*key, {"position": len(words)}] if what == "speaks" else key
    if ("session", number) in feed.rows:
        return ["session", number, {"title": text(words), "starts_at": NOW + len(words)}]
    return a_session(number, title=text(words))


@given(steps=st.lists(PUBLISHES | MOVES | SYNCS | SYNCS, max_size=25))
def test_a_phone_holds_one_publish_and_never_an_older_one_and_all_converge(
    steps: list[tuple[str, Any]],
) -> None:
    feed, clock = Feed(), Clock()
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / "one", Path(name) / "two"]
        phones = [a_phone(folder, feed, clock=clock) for folder in folders]
        stands, made = [(0, 0), (0, 0)], 0
        for phone in phones:
            phone.pin(EVENT, feed.key)
        for step, how in steps:
            clock.now += 97
            if step == "publish":
                feed.publish(*(change(feed, *what) for what in how))
            elif step == "restore":
                feed.restore(sorted(feed.versions)[how % len(feed.versions)])
            elif step != "sync":
                getattr(feed, step)()
            else:
                which, feed.fault, feed.only, feed.at = how
                phones[which].put("bookmark", {"number": made})
                made += 1
                phones[which].sync()
                phones[which].shown(phones[which].new())
                phones[which].flush()
                before, stands[which] = stands[which], held(folders[which], feed)
                assert stands[which] >= before
        feed.fault = None
        for phone, folder in zip(phones, folders, strict=True):
            for _ in range(3):
                clock.now += 600
                phone.sync()
                phone.flush()
            assert held(folder, feed) == (feed.epoch, feed.seq)
            assert phone.status()["unsent"] == 0
    bookmarks = [item for item in feed.items.values() if item["kind"] == "bookmark"]
    assert sorted(item["payload"]["number"] for item in bookmarks) == [*range(made)]
    for phone_items in by_device(feed):
        assert phone_items == [*range(1, len(phone_items) + 1)]


def by_device(feed: Feed) -> list[list[int]]:
    """Return the numbers of the items of each device, each once."""
    found: dict[str, set[int]] = {}
    for post in feed.posts:
        found.setdefault(post["device"], set()).update(item["n"] for item in post["items"])
    return [sorted(numbers) for numbers in found.values()]


@pytest.mark.parametrize("stand", ["{}", "[]", '{"epoch":"x"}', '{"state":5}', "sound, but seq"])
def test_a_stand_that_makes_no_sense_counts_as_none(phone: Phone, feed: Feed, stand: str) -> None:
    with closing(sqlite3.connect(phone.folder / "mine.db", isolation_level=None)) as db:
        (sound,) = db.execute("SELECT value FROM setting WHERE name = 'stand'").fetchone()
        if stand.startswith("sound"):
            stand = json.dumps(json.loads(sound) | {"seq": "1"})
        db.execute("UPDATE setting SET value = ? WHERE name = 'stand'", (stand,))
    phone = a_phone(phone.folder, feed)
    assert (phone.rows, phone.status()["seq"]) == ({}, 0)
    assert phone.sync().outcome == "snapshot"
    assert held(phone.folder, feed) == (EPOCH, 1)
