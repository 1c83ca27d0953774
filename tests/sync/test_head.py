"""The head and its files: whatever happened, a phone anywhere behind gets to the present."""

import dataclasses
import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, a_session, an_agenda, fresh, publish_agenda
from hypothesis import given
from hypothesis import strategies as st
from reading import apply, name_of, read_snapshot, state_of
from sqlalchemy import select

from event import tables
from event.agenda.edit import edit_session
from event.agenda.rows import store
from event.database import Database, migrate
from event.text import parse
from sync import head, packing, snapshot, upkeep
from sync.publish import publish, read_clock


def titled(
    db: Database,
    session_id: int,
    title: str,
    *,
    at: datetime = OPENING,
    by: str = "organiser/test",
) -> None:
    publish(
        db,
        lambda tx: edit_session(
            tx, session_id, lambda s: dataclasses.replace(s, title={"en": title}), at=at
        ),
        at=at,
        by=by,
    )


def head_of(db: Database) -> Any:
    with db.read() as tx:
        return parse(read_clock(tx).head)


def file_of(db: Database, name: str) -> bytes:
    with db.read() as tx:
        content = head.read_file(tx, name)
    assert content is not None, name
    return content


def records_after(db: Database, made: Any, seq: int) -> list[Any]:
    """Return what the files say came after a seq, each checked against the head."""
    records = []
    for segment in made["log"]:
        content = file_of(db, head.segment_name(made["epoch"], segment))
        start, end, digest, size = segment
        assert (name_of(content), len(content)) == (digest, size)
        found = json.loads(content)
        assert [record["s"] for record in found] == list(range(start + 1, end + 1))
        records += found
    records += made["tail"]
    return [record for record in records if record["s"] > seq]


def snapshot_of(db: Database) -> bytes:
    with db.read() as tx:
        return snapshot.build(tx)


def test_the_first_publish_has_a_snapshot_and_no_log(db: Database) -> None:
    publish_agenda(db, an_agenda())
    made = head_of(db)
    content = file_of(db, made["snapshot"]["name"])
    assert (made["seq"], made["log_from"], made["log"], made["tail"]) == (1, 1, [], [])
    assert made["snapshot"]["bytes"] == len(content)
    assert made["snapshot"]["wire"] == len(file_of(db, made["snapshot"]["name"] + ".gz"))
    assert name_of(content) in made["snapshot"]["name"]
    layout, rows = read_snapshot(content)
    assert state_of(layout, rows) == made["state"]


def test_a_small_publish_stands_in_the_head_itself(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    titled(db, agenda.sessions[0].id, "New")
    made = head_of(db)
    (record,) = made["tail"]
    assert record["ops"] == [["session", agenda.sessions[0].id, {"title": '{"en":"New"}'}]]
    assert (made["seq"], record["s"], made["log"]) == (2, 2, [])
    assert made["snapshot"]["seq"] == 1


def test_a_publish_too_large_for_the_head_is_a_segment(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    titled(db, agenda.sessions[0].id, "small")
    titled(db, agenda.sessions[0].id, "x" * head.LARGEST_TAIL)
    made = head_of(db)
    assert [segment[:2] for segment in made["log"]] == [[1, 3]]
    assert made["tail"] == []


def test_the_newest_publish_stays_in_the_head_when_the_others_move_out(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    for number in range(3):
        titled(db, agenda.sessions[0].id, f"{number}" * 400)
    made = head_of(db)
    assert [segment[:2] for segment in made["log"]] == [[1, 3]]
    assert [record["s"] for record in made["tail"]] == [4]


def test_the_log_reaches_back_two_days_and_five_hundred_publishes(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda(1))
    number = agenda.sessions[0].id
    with db.write() as tx:
        clock = read_clock(tx)
        state = parse(clock.head) | {"log": [[1, 10, "A" * 43, 900], [10, 20, "B" * 43, 900]]}
        state["snapshot"] = state["snapshot"] | {"seq": 20}
        for seq, at in ((10, OPENING), (20, OPENING + timedelta(hours=40))):
            row = {"epoch": clock.epoch, "seq": seq, "at": int(at.timestamp()), "by": "x"}
            tx.execute(tables.publish.insert(), row | {"state": clock.state, "ops": "[]"})
        cases = {
            # seq, hours since the first segment ended: where the log begins then
            (509, 72): 1,
            (511, 47): 1,
            (511, 49): 10,
        }
        ops = [["session", number, {"title": "y" * head.LARGEST_TAIL}]]
        for (seq, hours), start in cases.items():
            at = OPENING + timedelta(hours=hours)
            grown = head.grown(
                tx, state | {"seq": seq - 1}, ops, state=clock.state, at=at, issued_at=at
            )
            assert grown["log_from"] == start, (seq, hours)


def test_the_log_never_begins_after_the_snapshot(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However old the snapshot is: whoever takes it needs all that follows."""
    monkeypatch.setattr(head, "LOG_LENGTH", 20)
    monkeypatch.setattr(head, "LARGEST_TAIL", 300)
    agenda = publish_agenda(db, an_agenda(20))
    for number in range(80):
        at = OPENING + timedelta(hours=number)
        titled(db, agenda.sessions[0].id, f"{number}", at=at)
        made = head_of(db)
        assert made["log_from"] <= made["snapshot"]["seq"]
    layout, rows = read_snapshot(file_of(db, made["snapshot"]["name"]))
    apply(layout, rows, records_after(db, made, made["snapshot"]["seq"]))
    assert state_of(layout, rows) == made["state"]


def test_a_slow_renewal_never_takes_the_head_back(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    titled(db, agenda.sessions[0].id, "one")
    slow = packing.packed

    def overtaken(suffix: str, plain: bytes) -> bytes:
        if suffix == ".gz":
            packing.packed = slow
            titled(db, agenda.sessions[0].id, "two")
            upkeep.renew_snapshot(db, OPENING)
        return slow(suffix, plain)

    packing.packed = overtaken
    try:
        upkeep.renew_snapshot(db, OPENING)
    finally:
        packing.packed = slow
    made = head_of(db)
    assert (made["seq"], made["snapshot"]["seq"]) == (3, 3)
    assert file_of(db, made["snapshot"]["name"]) == snapshot_of(db)


def test_the_date_of_a_head_never_goes_back(db: Database) -> None:
    publish_agenda(db, an_agenda(), at=OPENING + timedelta(days=1))
    issued = head_of(db)["issued"]
    titled(db, 1, "earlier", at=OPENING)
    assert head_of(db)["issued"] == issued


def test_a_new_snapshot_leaves_the_log_as_it_is(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    for number in range(12):
        titled(db, agenda.sessions[0].id, f"{number}" * 900)
    before = head_of(db)
    assert head.is_snapshot_due(before)
    assert upkeep.tend(db, issued_at=OPENING) == ["snapshot", "encodings"]
    after = head_of(db)
    changed = {"snapshot": 0, "issued": 0, "expires": 0}
    assert after | changed == before | changed
    assert after["issued"] > before["issued"]
    assert after["snapshot"]["seq"] == after["seq"]
    content = file_of(db, after["snapshot"]["name"])
    assert content == snapshot_of(db)
    for suffix in packing.ENCODERS:
        assert len(file_of(db, after["snapshot"]["name"] + suffix)) < len(content)
    assert upkeep.tend(db, issued_at=OPENING) == []


def test_the_snapshot_before_stays_for_those_in_the_middle_of_it(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    names = [head_of(db)["snapshot"]["name"]]
    for letter in "abc":
        titled(db, agenda.sessions[0].id, letter * 10_000)
        upkeep.tend(db, issued_at=OPENING)
        names.append(head_of(db)["snapshot"]["name"])
    with db.read() as tx:
        there = set(tx.execute(select(tables.feed_file.c.name)).scalars())
    assert [name in there for name in names] == [False, False, True, True]


def test_a_head_is_dated_anew_each_day(db: Database) -> None:
    publish_agenda(db, an_agenda())
    upkeep.tend(db, issued_at=OPENING)
    nearly = OPENING + upkeep.REISSUE_AFTER - timedelta(seconds=1)
    assert upkeep.tend(db, issued_at=nearly) == []
    assert upkeep.tend(db, issued_at=OPENING + upkeep.REISSUE_AFTER) == ["date"]
    made = head_of(db)
    assert made["issued"] == int((OPENING + upkeep.REISSUE_AFTER).timestamp())
    assert made["expires"] - made["issued"] == 7 * 24 * 3600


HISTORIES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(st.text("ab", min_size=1, max_size=3), st.just("long"), st.just("gone")),
        st.booleans(),
    ),
    max_size=25,
)


@given(history=HISTORIES)
def test_a_snapshot_and_the_log_after_it_are_the_next_snapshot(
    sqlite_template: Path, history: list[tuple[int, str, bool]]
) -> None:
    """For all a < b: apply(snapshot a, log a..b) == snapshot b."""
    with fresh(sqlite_template) as db:
        agenda = publish_agenda(db, an_agenda(4))
        snapshots = {1: snapshot_of(db)}
        for number, title, tended in history:
            session = agenda.sessions[number].id
            private = ("vip",) if title == "gone" else ("public",)
            words = {"en": title * (400 if title == "long" else 1)}
            publish(
                db,
                lambda tx, session=session, words=words, private=private: edit_session(
                    tx,
                    session,
                    lambda s: dataclasses.replace(s, title=words, visibility=private),
                    at=OPENING,
                ),
                at=OPENING,
                by="organiser/test",
            )
            if tended:
                upkeep.tend(db, issued_at=OPENING)
            made = head_of(db)
            assert len(made["log"]) <= head.MOST_SEGMENTS
            assert len(json.dumps(made["tail"])) <= head.LARGEST_TAIL * 1.2
            snapshots[made["seq"]] = snapshot_of(db)
            layout, rows = read_snapshot(file_of(db, made["snapshot"]["name"]))
            apply(layout, rows, records_after(db, made, made["snapshot"]["seq"]))
            assert rows == read_snapshot(snapshots[made["seq"]])[1]
        made = head_of(db)
        assert made["log_from"] == 1
        for seq, content in snapshots.items():
            layout, rows = read_snapshot(content)
            apply(layout, rows, records_after(db, made, seq))
            assert rows == read_snapshot(snapshots[made["seq"]])[1]
            assert state_of(layout, rows) == made["state"]


def test_equal_rows_in_any_order_are_equal_bytes(db: Database, tmp_path: Path) -> None:
    agenda = publish_agenda(db, an_agenda(30))
    other = Database(f"sqlite:///{tmp_path}/other.db")
    migrate(other)
    sessions = list(agenda.sessions)
    random.Random(1).shuffle(sessions)  # noqa: S311
    shuffled = dataclasses.replace(agenda, sessions=tuple(sessions))
    publish(other, lambda tx: store(tx, None, shuffled), at=OPENING, by="organiser/test")
    assert snapshot_of(other) == snapshot_of(db)
    other.close()


def test_what_is_edited_and_reverted_is_the_same_file(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    before = snapshot_of(db)
    session = agenda.sessions[0]
    titled(db, session.id, "another")
    assert snapshot_of(db) != before
    publish(
        db,
        lambda tx: edit_session(
            tx, session.id, lambda s: dataclasses.replace(s, title=session.title), at=OPENING
        ),
        at=OPENING,
        by="organiser/test",
    )
    assert snapshot_of(db) == before


def test_what_is_not_public_is_in_no_byte(db: Database) -> None:
    """Deleted, draft, private: searched for in every file, also where it was public before."""
    canaries = ("CanaryDraft", "CanaryPrivate", "CanaryNote", "CanaryGone")
    agenda = an_agenda(3)
    hidden = a_session(7, title={"en": canaries[1]}, visibility=("vip",))
    draft = a_session(8, title={"en": canaries[0]}, state="draft")
    agenda = dataclasses.replace(agenda, sessions=(*agenda.sessions, hidden, draft))
    done = publish_agenda(db, agenda)
    titled(db, done.sessions[0].id, canaries[3] * 1000)
    titled(db, done.sessions[0].id, "harmless", by=f"organiser/{canaries[2]}")
    upkeep.tend(db, issued_at=OPENING)
    made = head_of(db)
    content = file_of(db, made["snapshot"]["name"])
    assert made["snapshot"]["seq"] == made["seq"]
    for canary in canaries:
        assert canary.encode() not in content
    with db.read() as tx:
        files = tx.execute(select(tables.feed_file.c.content)).scalars().all()
        ops = tx.execute(select(tables.publish.c.ops)).scalars().all()
    for canary in canaries[:3]:
        assert not any(canary.encode() in bytes(content) for content in files)
        assert not any(canary in text for text in ops)


def test_a_large_snapshot_is_packed_by_a_process_of_its_own_into_the_same_bytes() -> None:
    plain = random.Random(1).randbytes(100) * (packing.LARGE // 100)  # noqa: S311
    for suffix, pack in packing.ENCODERS.items():
        assert packing.packed(suffix, plain) == pack(plain)
