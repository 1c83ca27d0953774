"""What the server finds of scans without a network only later: whom it would have refused."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from badges.code import Medium
from event.door.decide import Outcome, Standing
from event.door.roster import badges_of
from event.door.scans import Scan
from event.tables import attendee, holder, reissue, scan

LATE = "should_have_refused"
"""What such a scan is marked with."""


def mark_late(db: Connection, scans: Sequence[Scan]) -> None:
    """Note which admissions without a network the server would have refused at that moment."""
    offline = [s for s in scans if not s.online and s.outcome == Outcome.ADMITTED and s.holder]
    if not offline:
        return
    numbers = sorted({s.holder for s in offline if s.holder is not None})
    badges = badges_of(db, numbers)
    since = {
        (row.holder, row.medium, row.generation): row.at * 1000
        for row in db.execute(_REISSUED, {"numbers": numbers})
    }
    rows = db.execute(_CHANGED, {"numbers": numbers})
    changed = {row.number: row.changed_at * 1000 for row in rows}
    for item in offline:
        badge = badges.get(item.holder or 0)
        gone = Standing.CANCELLED | Standing.REPLACED
        is_late = badge is None
        if badge and badge.standing & gone:
            is_late = changed.get(item.holder or 0, 0) <= item.t_est
        elif badge and item.medium is not None and item.generation is not None:
            valid = badge.paper if item.medium == Medium.PAPER else badge.phone
            replaced_at = since.get((item.holder, item.medium, item.generation + 1))
            is_late = item.generation < valid and (replaced_at or 0) <= item.t_est
        if is_late:
            db.execute(_SET_LATE, {"name": item.id})


_SET_LATE = scan.update().where(scan.c.id == bindparam("name")).values(late=LATE)
_REISSUED = select(reissue).where(reissue.c.holder.in_(bindparam("numbers", expanding=True)))
_CHANGED = (
    select(holder.c.number, attendee.c.changed_at)
    .join(attendee, attendee.c.id == holder.c.attendee_id)
    .where(holder.c.number.in_(bindparam("numbers", expanding=True)))
)
