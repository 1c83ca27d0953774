"""What becomes of incidents: an organiser resolves them, one by one or many at once, and can undo.

They are made again from the log of scans whenever more is known; what was said of one stays.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from event.door.incidents import DOUBLE, SKEWED, TWICE
from event.door.late import LATE
from event.errors import Invalid
from event.tables import attendee, gate, holder, incident, scan

KINDS = (DOUBLE, LATE, TWICE, SKEWED)
RESOLUTIONS = ("same_person", "badge_lent", "badge_copied", "let_stay", "sent_away", "clock",
               "mistake")  # fmt: skip
"""What an organiser finds: the same person walked round, or somebody else had the badge; they could
stay or were sent away; a clock was wrong, or a volunteer."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which incidents are meant: those with these ids, or all that are open and like this.

    `gap_below` is in milliseconds.
    """

    ids: Sequence[str] = ()
    kind: str = ""
    gate_id: int | None = None
    gap_below: int | None = None


def incidents(
    db: Connection, which: Which, *, resolved: bool = False, limit: int = 200
) -> tuple[list[Row[Any]], int]:
    """Return incidents with their scans and people, and how many there are in all.

    By kind, and the shortest gap first: nobody is at two doors within seconds.
    """
    conditions = [*_conditions(which), incident.c.resolved_at.is_not(None) if resolved else _OPEN]
    count = db.execute(select(func.count()).select_from(incident).where(*conditions)).scalar_one()
    return list(db.execute(_SHOWN.where(*conditions).limit(limit))), count


def resolve(db: Connection, which: Which, resolution: str, *, by: str, at: int) -> list[str]:
    """Say of incidents what they were; return the ids of those of which it was not said before.

    Without ids only open ones are meant. Raises Invalid for what is no resolution.
    """
    if resolution not in RESOLUTIONS:
        raise Invalid(f"There is no resolution “{resolution}”; one of: {', '.join(RESOLUTIONS)}.")
    is_new = incident.c.resolution != resolution if which.ids else _OPEN
    values = {"resolution": resolution, "resolved_by": by, "resolved_at": at}
    return _set(db, [*_conditions(which), is_new], values)


def reopen(db: Connection, ids: Collection[str]) -> list[str]:
    """Take back what was said of incidents; return the ids of those that were resolved."""
    values = {"resolution": "", "resolved_by": "", "resolved_at": None}
    return _set(db, [incident.c.id.in_(ids), incident.c.resolved_at.is_not(None)], values)


def _set(
    db: Connection, conditions: Sequence[ColumnElement[bool]], values: Mapping[str, object]
) -> list[str]:
    ids = list(db.execute(select(incident.c.id).where(*conditions).with_for_update()).scalars())
    if ids:
        db.execute(update(incident).where(*conditions), values)
    return sorted(ids)


def _conditions(which: Which) -> list[ColumnElement[bool]]:
    if which.ids:
        return [incident.c.id.in_(which.ids)]
    found: list[ColumnElement[bool]] = []
    if which.kind:
        found.append(incident.c.kind == which.kind)
    if which.gate_id is not None:
        found.append(incident.c.gate_id == which.gate_id)
    if which.gap_below is not None:
        # Of a single scan there is no gap, and 0 would be below any.
        found += [incident.c.other_id != "", incident.c.gap < which.gap_below]
    return found


_OPEN = incident.c.resolved_at.is_(None)
_one, _two = scan.alias("one"), scan.alias("two")
_SHOWN = (
    select(
        incident,
        gate.c.slug.label("gate"),
        _one.c.device,
        _one.c.outcome,
        _two.c.device.label("other_device"),
        _two.c.t_est.label("other_at"),
        attendee.c.given_name,
        attendee.c.surname,
        attendee.c.organisation,
    )
    .select_from(incident)
    .outerjoin(gate, gate.c.id == incident.c.gate_id)
    .outerjoin(_one, _one.c.id == incident.c.scan_id)
    .outerjoin(_two, _two.c.id == incident.c.other_id)
    .outerjoin(holder, holder.c.number == incident.c.holder)
    .outerjoin(attendee, attendee.c.id == holder.c.attendee_id)
    .order_by(incident.c.kind, incident.c.gap, incident.c.at, incident.c.id)
)
