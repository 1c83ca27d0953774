"""Lists of edits become publishes, and publishes are undone."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, a_part, a_room, an_agenda, fresh, guid, publish_agenda
from gates import a_gate
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from event import tables
from event.agenda.model import Agenda, Role, State
from event.agenda.operations.kinds import (
    Announce,
    Cancel,
    Delay,
    Move,
    New,
    Operation,
    RenameRoom,
    ReplaceSpeaker,
    Reword,
    Suspend,
    Swap,
)
from event.agenda.rows import load
from event.agenda.undo import forget, undo
from event.database import Database
from event.errors import Conflict, Invalid, NotFound, Stale
from event.text import parse
from event.times import to_seconds
from sync.edits import Edited, Edits, edit, remember
from sync.plans import prepare
from sync.publish import Published, publish, read_clock, rehearse

BEFORE = OPENING - timedelta(hours=1)
WHO = "organiser/test"


def a_whole() -> Agenda:
    """Return an agenda of four sessions, the first with parts."""
    agenda = an_agenda(4)
    first, *rest = agenda.sessions
    parts = (a_part(21, first), a_part(22, first, speakers=(Role(speaker_id=2),)))
    return dataclasses.replace(agenda, sessions=(dataclasses.replace(first, parts=parts), *rest))


def edits(*operations: Operation, **fields: Any) -> Edits:
    return Edits(operations=operations, at=BEFORE, **fields)


def do(db: Database, *operations: Operation, **fields: Any) -> Published[Edited]:
    return publish(
        db, lambda tx: edit(tx, [edits(*operations, **fields)], at=BEFORE), at=BEFORE, by=WHO
    )


def take_back(db: Database, seq: int) -> Published[None]:
    return publish(db, lambda tx: undo(tx, seq, at=OPENING), at=OPENING, by=WHO)


def whole(db: Database) -> Agenda:
    with db.read() as tx:
        return load(tx, public=False)


def uncounted(agenda: Agenda) -> Agenda:
    """Return an agenda without versions."""
    sessions = (
        dataclasses.replace(s, version=0, sequence=0, changed_at=None) for s in agenda.sessions
    )
    return dataclasses.replace(agenda, sessions=tuple(sessions))


def test_several_operations_are_one_publish_with_their_reasons(db: Database) -> None:
    publish_agenda(db, a_whole())
    first, second, *_ = whole(db).sessions
    done = do(
        db,
        Move(session=first.id, room=first.room_id, starts_at=first.starts_at + timedelta(hours=9)),
        Cancel(session=second.id, reason={"en": "ill"}),
        reason={"en": "late"},
    )
    assert done.clock.seq == 2
    told = [(c["kind"], c["session_id"], parse(c["reason"])) for c in done.changes]
    assert told == [
        ("moved", first.id, {"en": "late"}),
        ("cancelled", second.id, {"en": "ill"}),
    ]
    with db.read() as tx:
        table = tables.change
        kept = tx.execute(select(table).where(table.c.seq == 2).order_by(table.c.number))
        assert tuple(dict(row) for row in kept.mappings()) == done.changes


def test_a_list_with_one_fault_changes_nothing(db: Database) -> None:
    publish_agenda(db, a_whole())
    before = whole(db)
    with pytest.raises(Invalid):
        do(db, Cancel(session=before.sessions[0].id), Cancel(session=99_999))
    assert whole(db) == before
    with db.read() as tx:
        assert read_clock(tx).seq == 1


def test_a_colleagues_edit_is_not_overwritten(db: Database) -> None:
    publish_agenda(db, a_whole())
    first = whole(db).sessions[0]
    do(db, Reword(session=first.id, title={"en": "Mine"}), versions={first.id: 1})
    with pytest.raises(Stale, match=f"session {first.id}"):
        do(db, Reword(session=first.id, title={"en": "Yours"}), versions={first.id: 1})


def test_clashes_that_an_edit_makes_are_told_and_old_ones_not(db: Database) -> None:
    publish_agenda(db, a_whole())
    first, second, third, _ = whole(db).sessions
    done = do(db, Move(session=third.id, starts_at=first.starts_at))
    assert [(c.kind, c.sessions) for c in done.value.clashes] == [("room", (first.id, third.id))]
    assert do(db, Reword(session=second.id, title={"en": "x"})).value.clashes == []


def test_an_undone_publish_is_as_if_it_had_not_been(db: Database) -> None:
    publish_agenda(db, a_whole())
    before = whole(db)
    first, second, *_ = before.sessions
    done = do(
        db,
        Delay(all=True, minutes=10),
        Cancel(part=first.parts[0].id),
        ReplaceSpeaker(part=first.parts[1].id, old=second.speakers[0].speaker_id),
        New(guid=guid("n"), title={"en": "n"}, starts_at=OPENING, ends_at=OPENING, room=1),
        Announce(guid=guid("a"), title={"en": "a"}),
    )
    undone = take_back(db, done.clock.seq)
    assert uncounted(whole(db)) == uncounted(before)
    assert whole(db).sessions[0].version == 3
    assert whole(db).sessions[0].sequence == 2
    assert undone.clock.seq == 3
    # Undoing the undoing is doing it again.
    take_back(db, undone.clock.seq)
    assert len(whole(db).sessions) == 5


def test_what_was_touched_since_is_named_and_not_undone(db: Database) -> None:
    publish_agenda(db, a_whole())
    first, second, *_ = whole(db).sessions
    do(db, Swap(a=first.id, b=second.id))
    do(db, Reword(session=second.id, title={"en": "Other"}))
    before = whole(db)
    with pytest.raises(Stale, match=f"session {second.id} “Other” changed since publish 2 by pub"):
        take_back(db, 2)
    assert whole(db) == before
    # The last one first, as in any editor; and what was undone once is undone.
    take_back(db, 3)
    take_back(db, 2)
    with pytest.raises(Stale):
        take_back(db, 2)


@pytest.mark.parametrize("seq", [0, -1, 1, 7])
def test_what_is_no_publish_or_the_first_one_is_not_undone(db: Database, seq: int) -> None:
    agenda = a_whole()
    first, *rest = agenda.sessions
    draft = dataclasses.replace(first, state=State.DRAFT)
    publish_agenda(db, dataclasses.replace(agenda, sessions=(draft, *rest)))
    assert do(db, Reword(session=first.id, title={"en": "Other"})).clock.seq == 1
    with pytest.raises(NotFound):
        take_back(db, seq)
    assert whole(db).sessions[0].title == {"en": "Other"}


def test_an_import_is_undone_as_any_publish(db: Database) -> None:
    publish_agenda(db, a_whole())
    before = whole(db)
    changed = dataclasses.replace(
        before,
        sessions=(
            dataclasses.replace(before.sessions[0], title={"en": "Other"}, parts=()),
            *before.sessions[2:],
        ),
        rooms=before.rooms[::-1],
    )
    publish_agenda(db, changed)
    assert uncounted(whole(db)) != uncounted(before)
    take_back(db, 2)
    assert uncounted(whole(db)) == uncounted(before)


OPERATIONS = st.one_of(
    st.builds(Move, session=st.integers(1, 5), starts_at=st.sampled_from(
        [OPENING + timedelta(hours=n) for n in range(5)])),
    st.builds(Move, session=st.integers(1, 5), room=st.integers(1, 3)),
    st.builds(Delay, session=st.integers(1, 5), minutes=st.integers(1, 300)),
    st.builds(Delay, all=st.just(value=True), minutes=st.integers(1, 60)),
    st.builds(Suspend, room=st.integers(1, 2)),
    st.builds(Cancel, session=st.integers(1, 5)),
    st.builds(Cancel, part=st.sampled_from([21, 22, 23])),
    st.builds(Swap, a=st.integers(1, 4), b=st.integers(1, 4)),
    st.builds(ReplaceSpeaker, session=st.integers(1, 4), old=st.integers(1, 4),
              new=st.integers(1, 4) | st.none()),
    st.builds(Reword, session=st.integers(1, 4), title=st.sampled_from([{"en": "A"}, {"en": "B"}])),
    st.builds(RenameRoom, room=st.integers(1, 2), name=st.just({"en": "Hall"})),
    st.builds(New, guid=st.uuids().map(str), title=st.just({"en": "N"}),
              starts_at=st.just(OPENING), ends_at=st.just(OPENING + timedelta(hours=1)),
              room=st.integers(1, 3)),
)  # fmt: skip


@given(st.lists(OPERATIONS, min_size=1, max_size=6))
def test_any_list_is_done_whole_as_its_rehearsal_said_and_can_be_undone(
    sqlite_template: Path, operations: Sequence[Operation]
) -> None:
    with fresh(sqlite_template) as db:
        agenda = publish_agenda(db, a_whole())
        first = agenda.sessions[0]
        ids = {21: first.parts[0].id, 22: first.parts[1].id}
        list_ = edits(*(
            dataclasses.replace(op, part=ids.get(op.part, op.part))
            if isinstance(op, Cancel) and op.part else op for op in operations
        ))  # fmt: skip
        before = whole(db)

        def change(tx: Any) -> Edited:
            return edit(tx, [list_], at=BEFORE)

        try:
            said = rehearse(db, change, at=BEFORE, by=WHO)
        except Invalid:
            assert whole(db) == before
            with pytest.raises(Invalid):
                publish(db, change, at=BEFORE, by=WHO)
            assert whole(db) == before
            return
        assert whole(db) == before
        done = publish(db, change, at=BEFORE, by=WHO)
        assert (done.clock.seq, done.changes) == (said.clock.seq, said.changes)
        assert done.value == said.value
        assert whole(db) == done.value.after
        if done.clock.seq == 2:
            take_back(db, 2)
        assert uncounted(whole(db)) == uncounted(before)


def test_five_hundred_operations_are_done_whole(db: Database) -> None:
    publish_agenda(db, an_agenda(500))
    operations = [
        Reword(session=session.id, title={"en": f"New {number}"})
        for number, session in zip(count(), whole(db).sessions, strict=False)
    ]
    done = do(db, *operations)
    assert len(done.changes) == 500
    with pytest.raises(Invalid) as refused:
        do(db, *(Cancel(session=10_000 + number) for number in range(500)))
    assert len(refused.value.fields["errors"]) == 500  # type: ignore[arg-type]
    assert all(session.state is State.CONFIRMED for session in whole(db).sessions)


def test_what_undo_and_retries_need_no_more_is_forgotten(db: Database) -> None:
    publish_agenda(db, a_whole())
    first, second, *_ = whole(db).sessions
    old, now = OPENING - timedelta(days=31), to_seconds(OPENING)
    for n, at in enumerate((old, old, OPENING)):
        words = edits(Reword(session=first.id, title={"en": f"{n}"}))
        publish(db, partial(edit, lists=[words], at=at), at=at, by=WHO)
    with db.write() as tx:
        remember(tx, "late", digest="", at=OPENING - timedelta(days=8), seq=2)
        remember(tx, "plan/7", digest="", at=OPENING - timedelta(days=8), seq=2)
        remember(tx, "new", digest="", at=OPENING - timedelta(days=6), seq=3)
        plan = prepare(tx, {"en": "p"}, edits(Cancel(session=second.id)), by=WHO)
        remember(tx, f"plan/{plan.id}", digest="", at=OPENING - timedelta(days=8), seq=2)
        assert forget(tx, at=now) == 4
        assert forget(tx, at=now) == 0
        kept = set(tx.execute(select(tables.edits.c.id)).scalars())
    assert kept == {"new", f"plan/{plan.id}"}
    for seq in (2, 3):
        with pytest.raises(NotFound, match="500 publishes and 30 days"):
            take_back(db, seq)
    take_back(db, 4)
    assert whole(db).sessions[0].title == {"en": "1"}


def test_undo_reaches_back_so_many_publishes(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("event.agenda.undo.PUBLISHES", 2)
    publish_agenda(db, a_whole())
    first = whole(db).sessions[0]
    for n in range(4):
        do(db, Reword(session=first.id, title={"en": f"{n}"}))
    with db.write() as tx:
        forget(tx, at=to_seconds(BEFORE))
        seqs = set(tx.execute(select(tables.overwritten.c.seq)).scalars())
    assert seqs == {4, 5}


def test_what_others_hold_on_to_is_hidden_or_kept_instead_of_deleted(db: Database) -> None:
    agenda = publish_agenda(db, a_whole())
    speakers = (Role(speaker_id=agenda.speakers[0].id),)
    done = do(db, New(guid=guid("n"), title={"en": "n"}, starts_at=OPENING, ends_at=OPENING,
                      room=agenda.rooms[0].id, speakers=speakers))  # fmt: skip
    (new,) = (one for one in whole(db).sessions if one.guid == guid("n"))
    with db.write() as tx:
        a_gate(tx, slug="n", session_id=new.id)
    undone = take_back(db, done.clock.seq)
    assert [change["kind"] for change in undone.changes] == ["removed"]
    (left,) = (one for one in whole(db).sessions if one.guid == guid("n"))
    assert (left.state, left.speakers, left.version) == (State.DRAFT, speakers, 2)
    take_back(db, undone.clock.seq)
    assert any(one.guid == guid("n") for one in whole(db).sessions if one.state != State.DRAFT)


def test_a_room_that_is_used_by_now_is_not_taken_back(db: Database) -> None:
    agenda = publish_agenda(db, a_whole())
    publish_agenda(db, dataclasses.replace(agenda, rooms=(*agenda.rooms, a_room(77))))
    (room,) = (one.id for one in whole(db).rooms if one.guid == a_room(77).guid)
    do(db, Move(session=agenda.sessions[1].id, room=room))
    before = whole(db)
    with pytest.raises(Conflict, match="Publish 2 added what other things refer to"):
        take_back(db, 2)
    assert whole(db) == before
