"""Whom to expect at each gate, for lists on paper: the last resort without any device."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, bindparam, select

from event.door.decide import Policy
from event.door.gates import Gate, rules_of
from event.door.known import BOOKED
from event.people.attendees import everyone
from event.people.model import Attendee, Status
from event.tables import booking, event
from event.times import event_day, from_seconds, zone


@dataclass(frozen=True, slots=True)
class Expected:
    """A gate, the event days it is open, and who may pass it on one of them."""

    gate: Gate
    days: tuple[date, ...]
    people: tuple[Attendee, ...]


def expected(db: Connection, items: Iterable[Gate]) -> list[Expected]:
    """Return whom to expect at gates; nobody is expected where one practises."""
    row = db.execute(select(event.c.starts_on, event.c.ends_on, event.c.timezone)).one()
    first, last = date.fromisoformat(row.starts_on), date.fromisoformat(row.ends_on)
    all_days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    coming = [one for one in everyone(db) if one.status is Status.REGISTERED]
    found = []
    for item in items:
        if item.policy is Policy.PRACTICE:
            continue
        rules = rules_of(db, item)
        # A day is open that begins before the gate closes and ends after it opens.
        opens, closes = (
            None if at is None else event_day(from_seconds(at), zone(row.timezone))
            for at in (rules.opens_at, rules.closes_at)
        )
        days = {
            number: day
            for number, day in enumerate(all_days)
            if item.days >> number & 1
            and (opens is None or opens <= day)
            and (closes is None or day <= closes)
        }
        bits = sum(1 << number for number in days)
        booked = _booked(db, item) if item.needs_booking else None
        people = (
            one
            for one in coming
            if (not item.categories or one.category in item.categories)
            and (one.days & bits or not bits)
            and (booked is None or one.id in booked)
        )
        found.append(Expected(item, tuple(days.values()), tuple(people)))
    return found


def _booked(db: Connection, item: Gate) -> set[int]:
    return set(db.execute(_BOOKED, {"session": item.session_id, "booked": BOOKED}).scalars())


_BOOKED = select(booking.c.attendee_id).where(
    booking.c.session_id == bindparam("session"), booking.c.state == bindparam("booked")
)
