"""What the database knows of people is enough for the clashes of the sessions asked about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from builders import OPENING
from gates import a_gate
from hypothesis import given
from hypothesis import strategies as st
from plans import AT, a_plan
from sqlalchemy import delete, insert

from event import tables
from event.agenda.clashes import Engagement, Known, new_clashes
from event.agenda.known import known
from event.agenda.rows import load
from event.database import Database
from event.people.model import guid_of
from event.schedule.meetings import add_meeting, change_meeting

HALF = timedelta(minutes=30)


def test_seats_and_meetings_of_whom_an_edit_concerns_are_known_and_nobody_elses(
    db: Database,
) -> None:
    plan = a_plan(db, people=4)
    first, second, _ = plan.sessions
    one, two, three, other = plan.people
    seat = {"state": "booked", "at": AT}
    with db.write() as tx:
        for session, who, state in (
            (first, one, "booked"),
            (second, one, "booked"),
            (first, two, "waiting"),
            (second, other, "booked"),
        ):
            row = {"session_id": session, "attendee_id": who}
            tx.execute(insert(tables.booking), row | seat | {"state": state})
        held = {"session_id": first, "after": 600, "minutes": 30}
        add_meeting(tx, held, [one, three], guid="", at=AT)
        gone = add_meeting(tx, {"starts_at": AT}, [one, two], guid="", at=AT)
        change_meeting(tx, gone.id, {"state": "cancelled"}, at=AT)
        add_meeting(tx, {"starts_at": AT}, [other, two], guid="", at=AT)
        tx.execute(tables.meeting_guest.update().values(answer="declined").where(
            tables.meeting_guest.c.attendee_id == three))  # fmt: skip
        assert known(tx, [first]) == Known(
            booked={first: frozenset({one}), second: frozenset({one})},
            engagements=(Engagement(frozenset({one}), OPENING + timedelta(minutes=10), HALF,
                                    session_id=first, after=timedelta(minutes=10)),),
            coming={"delegate": 4},
        )  # fmt: skip
        tx.execute(tables.attendee.update().where(tables.attendee.c.id == two).values(
            status="cancelled"))  # fmt: skip
        assert known(tx, []) == Known(coming={"delegate": 3})
        for slug, opens, closes in (("a", AT, AT + 900), ("b", AT + 60, None)):
            a_gate(tx, slug=slug, session_id=second, opens_at=opens, closes_at=closes)
        closed = (OPENING + timedelta(minutes=1), OPENING + timedelta(minutes=15))
        assert known(tx, [second]).hours == {second: closed}


def test_clashes_are_the_same_whoever_else_there_is(db: Database) -> None:
    plan = a_plan(db, people=5)
    seats = st.sets(st.tuples(st.sampled_from(plan.sessions), st.sampled_from(plan.people)))
    meetings = st.lists(
        st.tuples(
            st.sets(st.sampled_from(plan.people), min_size=1, max_size=3),
            st.sampled_from([None, *plan.sessions]),
            st.integers(0, 5),
        ),
        max_size=4,
    )
    with db.read() as tx:
        before = load(tx, public=False)

    @given(seats, meetings, st.sampled_from(range(3)), st.sampled_from([-2, -1, 1, 2]))
    def holds(booked: Any, met: Any, index: int, halves: int) -> None:
        with db.write() as tx:
            for table in (tables.booking, tables.meeting):
                tx.execute(delete(table))
            for session, who in booked:
                row = {"session_id": session, "attendee_id": who, "state": "booked", "at": AT}
                tx.execute(insert(tables.booking), row)
            for who, session, place in met:
                values: dict[str, Any] = {"starts_at": AT + place * 1800}
                if session:
                    values = {"session_id": session, "after": place * 300}
                add_meeting(tx, values, who, guid=guid_of(""), at=AT)
        moved = before.sessions[index]
        by = halves * HALF
        moved = replace(moved, starts_at=moved.starts_at + by, ends_at=moved.ends_at + by)
        rest = [one for one in before.sessions if one.id != moved.id]
        after = replace(before, sessions=(*rest, moved))
        with db.read() as tx:
            some, every = known(tx, [moved.id]), known(tx, plan.sessions)
        assert new_clashes(before, after, some) == new_clashes(before, after, every)

    holds()
