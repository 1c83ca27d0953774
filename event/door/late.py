"""What the server finds of admissions only later: whom it would have refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from badges.code import Medium
from event.door.decide import FREE_FLOW, Outcome
from event.door.scans import Scan
from event.people.model import Status
from event.tables import attendee, holder, reissue, scan
from event.tables.many import among

LATE = "should_have_refused"
"""What such a scan is marked with."""


def mark_late(db: Connection, scans: Sequence[Scan]) -> set[str]:
    """Note what the server would have refused and a door without a network did not; return ids.

    Holders who do not exist are noted wherever it was decided.
    """
    believed = [
        item for item in scans if item.outcome != Outcome.REFUSED and item.holder is not None
    ]
    if not believed:
        return set()
    numbers = {"numbers": list({item.holder for item in believed})}
    rows = {row.number: row for row in db.execute(_KNOWN, numbers)}
    outdated = {row.number for row in rows.values() if row.phone > 1 or row.paper > 1}
    since = {
        (row.holder, row.medium, row.generation): row.at * 1000
        for row in (db.execute(_REISSUED, {"numbers": list(outdated)}) if outdated else ())
    }
    late = {item.id for item in believed if _is_late(item, rows.get(item.holder), since)}
    if late:
        db.execute(_SET_LATE, {"names": list(late)})
    return late


def _is_late(item: Scan, row: Any, since: Mapping[tuple[Any, ...], int]) -> bool:
    if row is None:
        return True
    if item.online or item.reason == FREE_FLOW:
        return False
    if row.ended_at is not None or row.status in _GONE:
        return (row.ended_at or row.status_at or 0) * 1000 <= item.t_est
    if item.medium is None or item.generation is None:
        return False
    valid: int = row.paper if item.medium == Medium.PAPER else row.phone
    replaced_at = since.get((item.holder, item.medium, item.generation + 1), 0)
    return item.generation < valid and replaced_at <= item.t_est


_GONE = frozenset({Status.CANCELLED, Status.REPLACED})
_SET_LATE = scan.update().where(among(scan.c.id, "names")).values(late=LATE)
_REISSUED = select(reissue).where(among(reissue.c.holder, "numbers"))
_KNOWN = (
    select(
        holder.c.number,
        holder.c.phone,
        holder.c.paper,
        holder.c.ended_at,
        attendee.c.status,
        attendee.c.status_at,
    )
    .select_from(holder)
    .outerjoin(attendee, attendee.c.id == holder.c.attendee_id)
    .where(among(holder.c.number, "numbers"))
)
