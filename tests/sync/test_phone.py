"""The reference client, held against a feed whose network can be broken."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import feeds
import pytest
from alone import files_of
from feeds import EPOCH, EVENT, NOW, Answer, Fault, Feed, a_session, text
from hypothesis import given
from hypothesis import strategies as st
from phones import BACK, MOVED, Clock, a_phone, held, names, sessions

from event import text as event_text
from sync.phone import Headers, Phone
from sync.replica import fold
from sync.trouble import PhoneError


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


def test_the_client_stands_alone_and_is_short() -> None:
    """What it imports of ours counts as well, however deep."""
    counted = files_of("sync.phone")
    assert counted["sync.phone"] < 400, counted
    assert sum(counted.values()) < 700, counted


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
