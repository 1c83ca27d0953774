"""Meetings: who meets whom, at a time of their own or wherever their break moves."""

from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING, guid
from plans import AT, Plan, a_plan
from sqlalchemy import select

from event import tables
from event.agenda.edit import edit_session, moved, with_state
from event.agenda.model import State
from event.database import Database
from event.errors import Conflict, Invalid, NotFound, Stale
from event.people.privacy import erase, export
from event.people.retention import DAY, purge
from event.schedule.appointments import answer, appointment, appointments
from event.schedule.meetings import (
    Answer,
    Meeting,
    add_meeting,
    change_meeting,
    find_meeting,
    meetings,
)
from event.schedule.speaking import set_speaking, speakers_of


def asked(db: Database, plan: Plan, count: int = 2, /, **values: Any) -> Meeting:
    values = values or {"starts_at": AT}
    with db.write() as tx:
        return add_meeting(tx, values, plan.people[:count], guid=guid("meeting"), at=AT)


def said(db: Database, meeting: Meeting, who: int, word: Answer, **fields: Any) -> None:
    with db.write() as tx:
        answer(tx, meeting.id, who, word, at=AT + 5, **fields)


def answers(db: Database, meeting: Meeting) -> list[str]:
    with db.read() as tx:
        return [str(guest.answer) for guest in find_meeting(tx, meeting.id).guests]


def test_a_meeting_is_asked_for_once_and_seen_by_its_guests_alone(db: Database) -> None:
    plan = a_plan(db)
    made = asked(db, plan, starts_at=AT, title=" Wodór ", place="12", minutes=20)
    assert asked(db, plan) == made
    with db.read() as tx:
        assert meetings(tx) == [made]
        (mine,) = appointments(tx, plan.people[0])
        assert (mine.title, mine.place, mine.answer) == ({"en": "Wodór"}, "12", Answer.INVITED)
        assert (mine.starts_at, mine.ends_at) == (OPENING, OPENING + timedelta(minutes=20))
        assert [other.name for other in mine.others] == ["P Nr 1"]
        assert appointments(tx, plan.people[2]) == []
        for number in (made.id, made.id + 1):
            with pytest.raises(NotFound):
                appointment(tx, number, plan.people[2])


def test_guests_accept_decline_and_propose_and_may_think_again(db: Database) -> None:
    plan = a_plan(db)
    made, (one, two, three) = asked(db, plan), plan.people
    said(db, made, one, Answer.ACCEPTED)
    said(db, made, two, Answer.PROPOSED, proposed_at=AT + 600)
    assert answers(db, made) == ["accepted", "proposed"]
    said(db, made, two, Answer.DECLINED)
    with db.read() as tx:
        (_, guest) = find_meeting(tx, made.id).guests
        assert (guest.answer, guest.proposed_at, guest.answered_at) == (
            Answer.DECLINED, None, AT + 5)  # fmt: skip
    for word, fields in (
        (Answer.INVITED, {}),
        (Answer.PROPOSED, {}),
        (Answer.ACCEPTED, {"proposed_at": AT}),
    ):
        with pytest.raises(Invalid):
            said(db, made, one, word, **fields)
    with pytest.raises(NotFound):
        said(db, made, three, Answer.ACCEPTED)


def test_a_moved_meeting_asks_again_but_not_who_proposed_it(db: Database) -> None:
    plan = a_plan(db)
    made, (one, two, _) = asked(db, plan), plan.people
    said(db, made, one, Answer.ACCEPTED)
    said(db, made, two, Answer.PROPOSED, proposed_at=AT + 600)
    with db.write() as tx:
        same = change_meeting(tx, made.id, {"title": "New"}, at=AT + 8)
        assert (same.version, same.sequence) == (2, 0)
        assert [str(guest.answer) for guest in same.guests] == ["accepted", "proposed"]
        new = change_meeting(tx, made.id, {"starts_at": AT + 600}, at=AT + 9)
        assert (new.version, new.sequence, new.changed_at) == (3, 1, AT + 9)
        assert change_meeting(tx, made.id, {"starts_at": AT + 600}, at=AT + 99) == new
        with pytest.raises(Stale):
            change_meeting(tx, made.id, {}, at=AT, if_version=frozenset({2}))
    assert answers(db, made) == ["invited", "accepted"]


def test_guests_who_stay_keep_their_answers(db: Database) -> None:
    plan = a_plan(db)
    made, (one, two, three) = asked(db, plan), plan.people
    said(db, made, two, Answer.ACCEPTED)
    with db.write() as tx:
        new = change_meeting(tx, made.id, {}, [two, three], at=AT + 9)
        assert [(guest.attendee_id, str(guest.answer)) for guest in new.guests] == [
            (two, "accepted"), (three, "invited")]  # fmt: skip
        assert (new.version, new.sequence) == (2, 0)
        with pytest.raises(NotFound):
            appointment(tx, made.id, one)


def test_a_meeting_in_a_break_is_where_and_as_the_break_is(db: Database) -> None:
    plan = a_plan(db)
    lunch = plan.sessions[1]
    made = asked(db, plan, session_id=lunch, after=600)
    assert made.starts_at == AT + 3600 + 600
    before = rows(db)
    for change, starts_at, state in (
        (lambda one: moved(one, starts_at=OPENING), AT + 600, State.CONFIRMED),
        (lambda one: with_state(one, State.SUSPENDED, reason={}), AT + 600, State.SUSPENDED),
        (lambda one: with_state(one, State.CANCELLED, reason={"en": "Fire"}), AT + 600,
         State.CANCELLED),
        (lambda one: with_state(one, State.CONFIRMED, reason={}), AT + 600, State.CONFIRMED),
    ):  # fmt: skip
        with db.write() as tx:
            edit_session(tx, lunch, change, at=OPENING + timedelta(hours=1))
            now = appointment(tx, made.id, plan.people[0])
            assert int(now.starts_at.timestamp()) == starts_at
            assert now.state is state
            assert now.reason == ({"en": "Fire"} if state is State.CANCELLED else {})
    assert now.sequence == 4
    assert now.changed_at == AT + 3600
    assert rows(db) == before
    with db.write() as tx:
        own = change_meeting(tx, made.id, {"starts_at": AT + 60}, at=AT + 9)
        assert (own.session_id, own.starts_at) == (None, AT + 60)


@pytest.mark.parametrize("state", [State.SUSPENDED, State.CANCELLED])
def test_what_becomes_of_its_break_is_no_state_of_a_meetings_own(
    db: Database, state: State
) -> None:
    plan = a_plan(db)
    made = asked(db, plan, session_id=plan.sessions[1])
    said(db, made, plan.people[0], Answer.ACCEPTED)
    becomes(db, plan.sessions[1], state)
    with db.write() as tx:
        new = change_meeting(tx, made.id, {"title": "Steel"}, plan.people[:3], at=AT + 9)
        assert (new.state, new.title) == (state, "Steel")
    becomes(db, plan.sessions[1], State.CONFIRMED)
    assert answers(db, made) == ["accepted", "invited", "invited"]
    with db.read() as tx:
        assert find_meeting(tx, made.id).state is State.CONFIRMED


@pytest.mark.parametrize("state", [State.SUSPENDED, State.CANCELLED])
def test_a_meeting_is_held_at_a_time_of_its_own_when_its_break_falls_out(
    db: Database, state: State
) -> None:
    plan = a_plan(db)
    made = asked(db, plan, session_id=plan.sessions[1])
    becomes(db, plan.sessions[1], state)
    with db.write() as tx:
        own = change_meeting(tx, made.id, {"starts_at": AT + 60}, at=AT + 9)
        assert (own.session_id, own.starts_at, own.state) == (None, AT + 60, State.CONFIRMED)
        off = change_meeting(tx, made.id, {"state": State.CANCELLED}, at=AT + 10)
        assert off.state is State.CANCELLED


def becomes(db: Database, session: int, state: State) -> None:
    with db.write() as tx:
        edit_session(tx, session, lambda one: with_state(one, state, reason={}), at=OPENING)


def rows(db: Database) -> list[Any]:
    with db.read() as tx:
        return list(tx.execute(select(tables.meeting)).all())


def test_a_cancelled_meeting_is_not_answered(db: Database) -> None:
    plan = a_plan(db)
    made = asked(db, plan)
    with db.write() as tx:
        change_meeting(tx, made.id, {"state": State.CANCELLED}, at=AT)
    with pytest.raises(Conflict):
        said(db, made, plan.people[0], Answer.ACCEPTED)


@pytest.mark.parametrize(
    "values",
    [
        {"place": "1"},
        {"starts_at": AT, "minutes": 0},
        {"starts_at": AT, "minutes": 1441},
        {"starts_at": AT, "title": "x" * 201},
        {"starts_at": AT, "place": "x" * 101},
        {"starts_at": AT, "room_id": 4711},
        {"starts_at": AT, "state": State.SUSPENDED},
        {"starts_at": AT, "guests": []},
        {"session_id": 4711},
    ],
)
def test_what_makes_no_meeting_is_refused(db: Database, values: dict[str, Any]) -> None:
    plan = a_plan(db)
    with pytest.raises(Invalid):
        asked(db, plan, **values)
    for guests in ([], [4711], range(51)):
        with pytest.raises(Invalid), db.write() as tx:
            add_meeting(tx, {"starts_at": AT}, guests, guid="", at=AT)


def test_nobody_is_left_in_a_meeting_once_erased_or_after_90_days(db: Database) -> None:
    plan = a_plan(db)
    made = asked(db, plan, starts_at=AT, title="Nr 0 meets Nr 1")
    with db.write() as tx:
        assert export(tx, plan.people[0], AT)["meeting"][0]["title"] == "Nr 0 meets Nr 1"
        erase(tx, plan.people[0], AT)
        left = find_meeting(tx, made.id)
        assert (left.title, [guest.name for guest in left.guests]) == ("", ["P Nr 1"])
        purge(tx, AT + 92 * DAY)
        assert find_meeting(tx, made.id).guests == ()


def test_a_speaker_is_an_attendee_or_none(db: Database) -> None:
    plan = a_plan(db)
    with db.write() as tx:
        row = {"id": 9001, "name": "Łucja", "guid": guid("speaker")}
        tx.execute(tables.speaker.insert(), row)
        for who in (*plan.people[:2], None):
            set_speaking(tx, 9001, who)
            found = [speakers_of(tx, person) for person in plan.people[:2]]
            assert found == [{9001} if person == who else set() for person in plan.people[:2]]
        for speaker, who in ((4711, plan.people[0]), (9001, 4711)):
            with pytest.raises(NotFound):
                set_speaking(tx, speaker, who)
