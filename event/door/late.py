"""What the server finds of scans without a network only later: whom it would have refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from badges.code import Medium
from event.door.decide import Outcome, Standing
from event.door.roster import BADGE, badge_of
from event.door.scans import Scan
from event.tables import attendee, holder, reissue, scan

LATE = "should_have_refused"
"""What such a scan is marked with."""


def mark_late(db: Connection, scans: Sequence[Scan]) -> None:
    """Note which admissions without a network the server would have refused at that moment."""
    offline = [s for s in scans if not s.online and s.outcome == Outcome.ADMITTED and s.holder]
    if not offline:
        return
    numbers = {"numbers": list({s.holder for s in offline})}
    rows = {row.number: row for row in db.execute(_KNOWN, numbers)}
    since = {
        (row.holder, row.medium, row.generation): row.at * 1000
        for row in db.execute(_REISSUED, numbers)
    }
    if late := [item.id for item in offline if _is_late(item, rows.get(item.holder), since)]:
        db.execute(_SET_LATE, {"names": late})


def _is_late(item: Scan, row: Any, since: Mapping[tuple[Any, ...], int]) -> bool:
    if row is None:
        return True
    badge = badge_of(row, 0)
    if badge.standing & (Standing.CANCELLED | Standing.REPLACED):
        return (row.changed_at or row.ended_at or 0) * 1000 <= item.t_est
    if item.medium is None or item.generation is None:
        return False
    valid = badge.paper if item.medium == Medium.PAPER else badge.phone
    replaced_at = since.get((item.holder, item.medium, item.generation + 1), 0)
    return item.generation < valid and replaced_at <= item.t_est


_SET_LATE = scan.update().where(scan.c.id.in_(bindparam("names", expanding=True))).values(late=LATE)
_REISSUED = select(reissue).where(reissue.c.holder.in_(bindparam("numbers", expanding=True)))
_KNOWN = (
    select(*BADGE, attendee.c.changed_at)
    .select_from(holder)
    .outerjoin(attendee, attendee.c.id == holder.c.attendee_id)
    .where(holder.c.number.in_(bindparam("numbers", expanding=True)))
)
