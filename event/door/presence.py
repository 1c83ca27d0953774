"""On which days a gate let somebody in, and to which sessions: the log, person by person."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, exists, or_, select

from event.door.decide import Policy
from event.door.late import LATE
from event.door.passed import ARRIVED
from event.tables import gate, holder, incident, scan
from event.times import event_day, from_seconds

CONFIRMED = ("same_person", "let_stay", "clock", "mistake")
"""What an organiser finds who lets an admission count that should have been refused."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Event days, ascending, and the ids of the sessions whose gates let somebody in."""

    days: tuple[date, ...]
    sessions: frozenset[int]


def presence(db: Connection, tz: ZoneInfo, *, of: int | None = None) -> dict[int, Presence]:
    """Return where attendees were, by id: of one, or of all; who came nowhere is left out.

    Gates for practice do not count, nor what was undone, nor what should have been refused unless
    an organiser has let it stand. A departure is a day at the event, and no session.
    """
    days: dict[int, set[date]] = defaultdict(set)
    sessions: dict[int, set[int]] = defaultdict(set)
    rows = db.execute(_ARRIVALS) if of is None else db.execute(_OWN, {"attendee": of})
    for row in rows:
        days[row.attendee_id].add(event_day(from_seconds(row.t_est // 1000), tz))
        if row.session_id is not None and not row.departure:
            sessions[row.attendee_id].add(row.session_id)
    return {who: Presence(tuple(sorted(days[who])), frozenset(sessions[who])) for who in days}


_STANDS = exists().where(
    incident.c.scan_id == scan.c.id,
    incident.c.kind == LATE,
    incident.c.resolution.in_(CONFIRMED),
)
_ARRIVALS = (
    select(holder.c.attendee_id, scan.c.t_est, gate.c.session_id, gate.c.departure)
    .select_from(scan)
    .join(gate, gate.c.id == scan.c.gate_id)
    .join(holder, holder.c.number == scan.c.holder)
    .where(
        ARRIVED,
        holder.c.attendee_id.is_not(None),
        gate.c.policy != str(Policy.PRACTICE),
        or_(scan.c.late == "", _STANDS),
    )
)
_OWN = _ARRIVALS.where(holder.c.attendee_id == bindparam("attendee"))
