"""How many came to each session that has a gate."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, distinct, func, select

from event.door.decide import Policy
from event.door.known import BOOKED
from event.tables import booking, gate, passage, session
from event.text import parse


@dataclass(frozen=True, slots=True)
class Attended:
    """A session with how many have booked it and how many came, each once."""

    id: int
    title: dict[str, str]
    starts_at: int
    capacity: int | None
    booked: int
    came: int


def attendance(db: Connection) -> list[Attended]:
    """Return the sessions with gates by time; who passed several gates of one came once."""
    booked: dict[int, int] = defaultdict(int, {row[0]: row[1] for row in db.execute(_BOOKED)})
    return [
        Attended(row.id, parse(row.title), row.starts_at, row.capacity, booked[row.id], row.came)
        for row in db.execute(_CAME)
    ]


_BOOKED = (
    select(booking.c.session_id, func.count())
    .where(booking.c.state == BOOKED)
    .group_by(booking.c.session_id)
)
_CAME = (
    select(
        session.c.id,
        session.c.title,
        session.c.starts_at,
        session.c.capacity,
        func.count(distinct(passage.c.holder)).label("came"),
    )
    .select_from(session)
    .join(gate, gate.c.session_id == session.c.id)
    .outerjoin(passage, passage.c.gate_id == gate.c.id)
    .where(gate.c.policy != str(Policy.PRACTICE))
    .group_by(session.c.id, session.c.title, session.c.starts_at, session.c.capacity)
    .order_by(session.c.starts_at, session.c.id)
)
