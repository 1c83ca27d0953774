"""Manifests: who has booked what a gate leads to, and who of them is here."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, select

from event.door.gates import Gate
from event.door.known import BOOKED
from event.people.model import Status
from event.tables import attendee, booking, holder, passage
from event.text import fold


@dataclass(frozen=True, slots=True)
class Passenger:
    """Somebody who has booked."""

    given_name: str
    surname: str
    holder: int
    is_here: bool


def manifest(db: Connection, item: Gate) -> list[Passenger]:
    """Return who has booked the session of a gate, by surname; without a session nobody."""
    wanted = {"session": item.session_id, "gate": item.id, "booked": BOOKED,
              "coming": str(Status.REGISTERED)}  # fmt: skip
    rows = db.execute(_PEOPLE, wanted)
    people = [Passenger(r.given_name, r.surname, r.number, bool(r.inside)) for r in rows]
    return sorted(people, key=lambda person: (fold(person.surname), fold(person.given_name)))


def missing(db: Connection, item: Gate) -> list[Passenger]:
    """Return whom a bus has left behind, by surname; nobody while it has not departed."""
    if not item.departure or item.ended_at is None:
        return []
    return [person for person in manifest(db, item) if not person.is_here]


_PEOPLE = (
    select(attendee.c.given_name, attendee.c.surname, holder.c.number, passage.c.inside)
    .select_from(booking)
    .join(attendee, attendee.c.id == booking.c.attendee_id)
    .join(holder, holder.c.attendee_id == attendee.c.id)
    .outerjoin(
        passage, and_(passage.c.gate_id == bindparam("gate"), passage.c.holder == holder.c.number)
    )
    .where(
        booking.c.session_id == bindparam("session"),
        booking.c.state == bindparam("booked"),
        attendee.c.status == bindparam("coming"),
    )
    .order_by(attendee.c.id)
)
