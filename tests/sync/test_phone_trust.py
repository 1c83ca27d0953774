"""Whom the reference client believes: signed heads, rows that lead to their state, chained keys."""

import gzip
import itertools
import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import feeds
import pytest
from feeds import EPOCH, EVENT, Fault, Feed, state_of
from hypothesis import given
from hypothesis import strategies as st
from phones import A_QUARTER, BACK, MOVED, Clock, a_phone, asked, held, names

from sync.phone import Phone
from sync.replica import verifies


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
