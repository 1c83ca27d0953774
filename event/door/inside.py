"""Who is inside, and how everybody is sent out at once."""

from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from event.door.gates import Gate
from event.door.scans import Scan, read_scans, store
from event.door.settle import settle
from event.errors import Conflict
from event.tables import attendee, holder, passage
from event.text import fold


def inside(db: Connection, item: Gate, *, since: int) -> list[Row[Any]]:
    """Return who is inside a gate and passed it `since` (Unix milliseconds), by surname."""
    rows: list[Row[Any]] = list(db.execute(_INSIDE, {"gate": item.id, "since": since}))
    return sorted(rows, key=lambda row: (fold(row.surname or ""), fold(row.given_name or "")))


def clear(
    db: Connection, name: str, gate_id: int | None, *, device: str, trusted: bool, t: int, at: int
) -> Scan:
    """Send everybody out of a gate, or of all; `name` is the id, and a known one changes nothing.

    Moments are Unix milliseconds. Raises Conflict when something else has that id.
    """
    said = Scan(
        id=name, kind="clear", gate_id=gate_id, device=device, online=True, trusted=trusted,
        t=t, t_est=at, received_at=at,
    )  # fmt: skip
    if before := read_scans(db, [name]).get(name):
        if (before.kind, before.gate_id, before.device) != ("clear", gate_id, device):
            raise Conflict("Something else has this id; make a new one each time.")
        return before
    stored = store(db, [said])[name]
    settle(db, [stored])
    return stored


_INSIDE = (
    select(
        passage.c.holder,
        passage.c.last_at,
        attendee.c.given_name,
        attendee.c.surname,
        attendee.c.organisation,
        attendee.c.category,
    )
    .select_from(passage)
    .outerjoin(holder, holder.c.number == passage.c.holder)
    .outerjoin(attendee, attendee.c.id == holder.c.attendee_id)
    .where(
        passage.c.gate_id == bindparam("gate"),
        passage.c.inside == 1,
        passage.c.last_at >= bindparam("since"),
    )
    .order_by(passage.c.holder)
)
