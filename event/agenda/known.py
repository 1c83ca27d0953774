"""What the database knows beside the agenda that an edit of it may clash with."""

from collections import defaultdict

from sqlalchemy import Connection, select

from event.agenda.clashes import Known
from event.door.known import BOOKED
from event.tables import booking, gate
from event.times import from_seconds


def known(db: Connection) -> Known:
    """Return who has a seat in which session, and when sessions' gates are open."""
    booked: dict[int, set[int]] = defaultdict(set)
    for session_id, attendee_id in db.execute(_BOOKED):
        booked[session_id].add(attendee_id)
    hours = {
        session_id: tuple(None if s is None else from_seconds(s) for s in (opens, closes))
        for session_id, opens, closes in db.execute(_HOURS)
    }
    return Known(
        booked={session: frozenset(who) for session, who in booked.items()},
        hours={session: (opens, closes) for session, (opens, closes) in hours.items()},
    )


_BOOKED = select(booking.c.session_id, booking.c.attendee_id).where(booking.c.state == BOOKED)
_HOURS = select(gate.c.session_id, gate.c.opens_at, gate.c.closes_at).where(
    gate.c.session_id.is_not(None)
)
