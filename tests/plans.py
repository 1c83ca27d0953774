"""A small event with people, for what is somebody's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from builders import OPENING, a_session, an_agenda, publish_agenda

from event.database import Database
from event.people.attendees import add_all
from event.people.model import Attendee, guid_of
from event.schedule.bookings import Booking, bookings_in
from event.schedule.rules import set_rule
from event.schedule.seats import Seat
from event.times import to_seconds

AT = to_seconds(OPENING)
NOW = AT * 1000
"""The opening in milliseconds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The ids of three sessions (09:00, 10:00, 11:00) and of people."""

    sessions: tuple[int, ...]
    people: tuple[int, ...]


def a_plan(
    db: Database, *, people: int = 3, bookable: int = 1, sessions: Sequence[Any] = (), **rule: Any
) -> Plan:
    """Publish sessions, the first `bookable` of which are booked by a rule; add people."""
    own = tuple(sessions) or tuple(a_session(n) for n in range(1, 4))
    made = publish_agenda(db, an_agenda(0, sessions=own))
    ids = tuple(session.id for session in made.sessions)
    with db.write() as tx:
        for number in ids[:bookable]:
            set_rule(tx, number, rule)
        new = [Attendee(0, guid_of(""), given_name="P", surname=f"Nr {n}") for n in range(people)]
        added = add_all(tx, new, at=AT)
    return Plan(ids, tuple(person.id for person in added))


def seats(db: Database, session: int) -> dict[int, str]:
    """Return how bookings of a session stand, by attendee."""
    with db.read() as tx:
        return {one.attendee_id: str(one.state) for one in bookings_in(tx, session)}


def line(db: Database, session: int) -> list[int]:
    """Return who waits, in order."""
    with db.read() as tx:
        found: list[Booking] = bookings_in(tx, session)
    waiting = [one for one in found if one.state is Seat.WAITING]
    assert [one.place for one in waiting] == list(range(1, len(waiting) + 1))
    return [one.attendee_id for one in waiting]
