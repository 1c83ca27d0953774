"""Edits of one session: what counts as one, what is refused, what travels along."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING, a_part, a_session, an_agenda, guid, publish_agenda
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.edit import (
    add_session,
    checked,
    edit_session,
    moved,
    resumed,
    touched,
    with_part,
    with_state,
)
from event.agenda.model import Role, Session, State
from event.agenda.rows import load_session
from event.database import Database
from event.errors import Conflict, Invalid, NotFound, Stale

LATER = OPENING + timedelta(hours=1)
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("fields", "version", "sequence"),
    [
        ({}, 1, 0),
        ({"version": 9, "sequence": 9, "changed_at": OPENING}, 1, 0),
        ({"title": {"en": "Other"}}, 2, 0),
        ({"capacity": 10}, 2, 0),
        ({"starts_at": OPENING + QUARTER}, 2, 1),
        ({"ends_at": OPENING + QUARTER}, 2, 1),
        ({"room_id": 2}, 2, 1),
        ({"state": State.CANCELLED, "reason": {"en": "ill"}}, 2, 1),
    ],
)
def test_only_time_room_and_state_are_revisions_of_the_calendar(
    fields: dict[str, Any], version: int, sequence: int
) -> None:
    session = a_session(1)
    new = touched(session, dataclasses.replace(session, **fields), at=LATER)
    assert (new.version, new.sequence) == (version, sequence)
    assert new.changed_at == (LATER if sequence else None)
    assert (new is session) is (version == 1)


@given(minutes=st.lists(st.integers(-5000, 5000), max_size=6))
def test_parts_keep_their_distance_and_the_session_its_length(minutes: list[int]) -> None:
    session = a_session(1)
    session = dataclasses.replace(session, parts=(a_part(1, session), a_part(2, session)))
    there = session
    for minute in minutes:
        there = moved(there, starts_at=there.starts_at + timedelta(minutes=minute))
    assert there.ends_at - there.starts_at == session.ends_at - session.starts_at
    for before, after in zip(session.parts, there.parts, strict=True):
        assert after.starts_at - there.starts_at == before.starts_at - session.starts_at
        assert after.ends_at - there.starts_at == before.ends_at - session.starts_at
    assert moved(there, starts_at=session.starts_at) == session


def test_an_end_alone_moves_nothing_else() -> None:
    session = a_session(1)
    session = dataclasses.replace(session, parts=(a_part(1, session),))
    longer = moved(session, ends_at=session.ends_at + QUARTER, room_id=2)
    assert longer == dataclasses.replace(session, ends_at=session.ends_at + QUARTER, room_id=2)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": {}}, "needs a title"),
        ({"ends_at": OPENING - QUARTER}, "end before it starts"),
        ({"ends_at": OPENING + timedelta(days=32)}, "more than 31 days"),
    ],
)
@pytest.mark.parametrize("of", ["session", "part"])
def test_what_makes_no_sense_is_refused(fields: dict[str, Any], message: str, of: str) -> None:
    session = a_session(1)
    part = a_part(1, session)
    if of == "part":
        session = dataclasses.replace(session, parts=(dataclasses.replace(part, **fields),))
    else:
        session = dataclasses.replace(session, **fields)
    with pytest.raises(Invalid, match=message) as refusal:
        checked(session)
    assert of in refusal.value.detail


def test_a_session_may_last_no_time_or_a_month() -> None:
    for length in (timedelta(0), timedelta(days=31)):
        session = a_session(1, ends_at=OPENING + length)
        assert checked(session) is session


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("to", [State.CANCELLED, State.SUSPENDED])
def test_a_draft_is_neither_cancelled_nor_suspended_and_a_cancelled_one_not_suspended(
    state: State, to: State
) -> None:
    session = a_session(1, state=state)
    if state is State.DRAFT or (state, to) == (State.CANCELLED, State.SUSPENDED):
        with pytest.raises(Conflict, match=f"{state} cannot become {to}"):
            with_state(session, to, reason={})
        return
    new = with_state(session, to, reason={"en": "ill"})
    assert (new.state, new.reason) == (to, {"en": "ill"})


def test_only_what_is_suspended_resumes_with_the_end_it_is_given() -> None:
    session = a_session(1, state=State.SUSPENDED)
    assert resumed(session, ends_at=None, reason={}).ends_at == session.ends_at
    new = resumed(session, ends_at=session.ends_at + QUARTER, reason={})
    assert (new.state, new.ends_at) == (State.CONFIRMED, session.ends_at + QUARTER)
    with pytest.raises(Conflict, match="confirmed"):
        resumed(new, ends_at=None, reason={})


def test_one_part_is_changed_and_all_stay_in_their_order() -> None:
    session = a_session(1)
    session = dataclasses.replace(session, parts=(a_part(1, session), a_part(2, session)))
    new = with_part(session, 1, lambda p: dataclasses.replace(p, starts_at=p.starts_at + QUARTER))
    assert [part.id for part in new.parts] == [2, 1]
    with pytest.raises(NotFound, match="no part 3"):
        with_part(session, 3, lambda part: part)


def test_an_edit_of_an_old_version_is_refused_with_the_present_one(db: Database) -> None:
    session = publish_agenda(db, an_agenda()).sessions[0]
    with db.write() as tx:
        new = edit_session(
            tx, session.id, lambda s: moved(s, room_id=None), at=LATER, if_version={1}
        )
        with pytest.raises(Stale, match="version 2") as refusal:
            edit_session(tx, session.id, lambda s: moved(s, room_id=1), at=LATER, if_version={1})
        assert refusal.value.fields == {"version": 2}
        assert load_session(tx, session.id) == new
        with pytest.raises(NotFound):
            edit_session(tx, 999_999, lambda s: s, at=LATER)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("room", {"room_id": 9999}),
        ("track", {"track_id": 9999}),
        ("type", {"type_id": 9999}),
        ("speaker", {"speakers": (Role(speaker_id=9999),)}),
    ],
)
def test_what_an_edit_names_has_to_exist(db: Database, name: str, fields: dict[str, Any]) -> None:
    session = publish_agenda(db, an_agenda()).sessions[0]
    with db.write() as tx:
        with pytest.raises(Conflict, match=f"no {name} 9999"):
            edit_session(tx, session.id, lambda s: dataclasses.replace(s, **fields), at=LATER)
        assert load_session(tx, session.id) == session


def test_a_part_s_speaker_has_to_exist_too(db: Database) -> None:
    session = publish_agenda(db, an_agenda()).sessions[0]
    part = a_part(9000, session, speakers=(Role(speaker_id=9999),))
    with db.write() as tx, pytest.raises(Conflict, match="no speaker 9999"):
        edit_session(tx, session.id, lambda s: dataclasses.replace(s, parts=(part,)), at=LATER)


def test_a_new_session_and_its_parts_get_ids_of_their_own(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    new = a_session(1, guid=guid("new"), room_id=agenda.rooms[0].id)
    new = dataclasses.replace(new, parts=(a_part(1, new), a_part(2, new)))
    with db.write() as tx:
        done = add_session(tx, new, at=LATER)
        assert load_session(tx, done.id) == done
    ids = [done.id, *(part.id for part in done.parts)]
    assert len({*ids, *(session.id for session in agenda.sessions)}) == 6
    assert (done.version, done.sequence, done.changed_at) == (1, 0, LATER)


def test_a_guid_that_is_taken_is_refused_with_the_session_that_has_it(db: Database) -> None:
    session = publish_agenda(db, an_agenda()).sessions[0]
    with db.write() as tx, pytest.raises(Conflict) as refusal:
        add_session(tx, a_session(1, guid=session.guid), at=LATER)
    assert refusal.value.fields == {"session_id": session.id}


@given(
    edits=st.lists(
        st.sampled_from(
            [
                {"room_id": 1}, {"room_id": 2}, {"title": {"en": "a"}}, {"title": {"en": "b"}},
                {"state": State.CANCELLED}, {"state": State.CONFIRMED}, {"capacity": 1},
            ]
        ),
        max_size=12,
    )
)  # fmt: skip
def test_counters_never_go_back_and_move_with_every_difference(
    edits: list[dict[str, Any]],
) -> None:
    session: Session = a_session(1)
    for fields in edits:
        wanted = dataclasses.replace(session, **fields)
        new = touched(session, wanted, at=LATER)
        assert new.version - session.version == (wanted != session)
        assert session.sequence <= new.sequence <= session.sequence + 1
        assert new.sequence <= new.version - 1
        session = new
