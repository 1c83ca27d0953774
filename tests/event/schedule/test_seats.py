"""Seats: offers, no-shows and timers, as time passes and sessions stop and go on."""

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import OPENING
from plans import AT, NOW, Plan, a_plan, seats
from sqlalchemy import select

from event import tables
from event.agenda.edit import edit_session, moved, resumed, with_state
from event.agenda.model import State
from event.database import Database
from event.door.gates import set_gate
from event.door.heard import hear
from event.people.attendees import find
from event.people.enrolment import enrol, invite
from event.schedule.bookings import Wish, book
from event.schedule.seats import due, settle

MINUTE = 60


def booked(db: Database, session: int, who: int, *, at: int) -> None:
    with db.write() as tx:
        book(tx, Wish(session, who, on=True), at=at * 1000)


def settled(db: Database, session: int, *, at: int) -> None:
    """Settle, as the worker does: only when something is due, and then nothing is left to do."""
    with db.write() as tx:
        if session in due(tx, at=at):
            settle(tx, session, at=at)
        before = tx.execute(select(tables.booking)).all()
        settle(tx, session, at=at)
        assert tx.execute(select(tables.booking)).all() == before


def suspended(db: Database, session: int, *, at: int) -> None:
    moment = OPENING + timedelta(seconds=at - AT)
    with db.write() as tx:
        edit_session(
            tx, session, lambda one: with_state(one, State.SUSPENDED, reason={}), at=moment
        )


def went_on(db: Database, session: int, *, at: int) -> None:
    moment = OPENING + timedelta(seconds=at - AT)
    with db.write() as tx:
        edit_session(tx, session, lambda one: resumed(one, ends_at=None, reason={}), at=moment)


def an_offer(db: Database) -> Plan:
    """Make the second of three be offered the only seat at the opening minus an hour."""
    plan = a_plan(db, places=1, offer_seconds=10 * MINUTE)
    for number, who in enumerate(plan.people):
        booked(db, plan.sessions[0], who, at=AT - 7200 + number)
    with db.write() as tx:
        book(tx, Wish(plan.sessions[0], plan.people[0], on=False), at=(AT - 3600) * 1000)
    return plan


@pytest.mark.parametrize("late", [0, 40, 3000])
def test_an_offer_stands_still_while_the_session_is_suspended(db: Database, late: int) -> None:
    """However late anybody looks: what counts is when it stopped and went on."""
    plan = an_offer(db)
    session, (_, two, three) = plan.sessions[0], plan.people
    suspended(db, session, at=AT - 3600 + 5 * MINUTE)
    settled(db, session, at=AT - 3600 + 5 * MINUTE + late)
    assert seats(db, session)[two] == "offered"
    went_on(db, session, at=AT - 100)
    settled(db, session, at=AT - 90)
    assert seats(db, session)[two] == "offered"
    settled(db, session, at=AT - 100 + 5 * MINUTE - 1)
    assert seats(db, session)[two] == "offered"
    settled(db, session, at=AT - 100 + 5 * MINUTE)
    assert (seats(db, session)[two], seats(db, session)[three]) == ("released", "offered")


def test_nothing_is_offered_of_a_session_that_is_suspended_cancelled_or_over(db: Database) -> None:
    plan = an_offer(db)
    session, (_, two, three) = plan.sessions[0], plan.people
    suspended(db, session, at=AT - 3500)
    with db.write() as tx:
        book(tx, Wish(session, two, on=False), at=(AT - 3400) * 1000)
    assert seats(db, session)[three] == "waiting"
    went_on(db, session, at=AT - 3300)
    settled(db, session, at=AT + 2700)
    assert seats(db, session)[three] == "waiting"
    settled(db, session, at=AT - 3200)
    assert seats(db, session)[three] == "offered"


def test_nothing_is_due_when_nothing_happens(db: Database) -> None:
    plan = an_offer(db)
    with db.read() as tx:
        assert due(tx, at=AT - 3600) == []
        assert due(tx, at=AT - 3001) == []
        assert due(tx, at=AT - 3000) == [plan.sessions[0]]


def a_door(db: Database, plan: Plan) -> int:
    """Add a gate to the first session and a device at it; return the device's id."""
    with db.write() as tx:
        set_gate(tx, "visit", {"name": {"en": "Visit"}, "session_id": plan.sessions[0]})
        code = invite(tx, role="gate", gates=["visit"], at=AT - 9000).secret
        return enrol(tx, code, uuid=str(uuid4()), at=AT - 9000)[0].id


def came(db: Database, who: int) -> None:
    with db.write() as tx:
        gate = tx.execute(select(tables.gate.c.id)).scalar_one()
        row = {"gate_id": gate, "holder": find(tx, who).holder, "entries": 1}
        tx.execute(tables.passage.insert(), row | {"first_at": NOW, "last_at": NOW})


def test_no_shows_are_released_once_every_device_was_heard(db: Database) -> None:
    plan = a_plan(db, places=2, release_after=10)
    session, (one, two, three) = plan.sessions[0], plan.people
    for number, who in enumerate(plan.people):
        booked(db, session, who, at=AT - 7200 + number)
    device = a_door(db, plan)
    came(db, one)
    deadline = AT + 10 * MINUTE
    here = {one: "booked", two: "booked", three: "waiting"}
    for heard, waiting in ((None, None), (deadline - 1, 0), (deadline, 3)):
        if heard is not None:
            with db.write() as tx:
                hear(tx, device, at=heard, waiting=waiting)
        settled(db, session, at=deadline + 60)
        assert seats(db, session) == here
    with db.write() as tx:
        hear(tx, device, at=deadline, waiting=0)
    settled(db, session, at=deadline - 1)
    assert seats(db, session) == here
    settled(db, session, at=deadline + 60)
    assert seats(db, session) == {one: "booked", two: "released", three: "booked"}
    # Who moved up has come just now: nobody is released a second time.
    settled(db, session, at=deadline + 1200)
    assert seats(db, session)[three] == "booked"


def test_without_a_gate_nobody_is_a_no_show(db: Database) -> None:
    plan = a_plan(db, release_after=1)
    booked(db, plan.sessions[0], plan.people[0], at=AT - 60)
    settled(db, plan.sessions[0], at=AT + 600)
    assert seats(db, plan.sessions[0]) == {plan.people[0]: "booked"}


def test_a_suspended_and_a_moved_session_release_later(db: Database) -> None:
    plan = a_plan(db, release_after=10)
    session, one = plan.sessions[0], plan.people[0]
    booked(db, session, one, at=AT - 60)
    device = a_door(db, plan)
    with db.write() as tx:
        hear(tx, device, at=AT + 90_000, waiting=0)
        later = OPENING + timedelta(minutes=30)
        edit_session(tx, session, lambda one: moved(one, starts_at=later), at=OPENING)
    suspended(db, session, at=AT + 35 * MINUTE)
    settled(db, session, at=AT + 36 * MINUTE)
    went_on(db, session, at=AT + 50 * MINUTE)
    settled(db, session, at=AT + 54 * MINUTE)
    assert seats(db, session) == {one: "booked"}
    settled(db, session, at=AT + 55 * MINUTE)
    assert seats(db, session) == {one: "released"}
