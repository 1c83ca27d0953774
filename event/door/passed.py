"""By which scans somebody passed: the rule of `event.door.history` as a condition of SQL."""

from sqlalchemy import and_, exists, or_, select

from event.door.decide import Outcome
from event.door.history import UNDO_WITHIN
from event.tables import holder, scan
from event.tables.door import is_said

_about = scan.alias("said")

_LET_IN = exists().where(
    is_said(_about),
    _about.c.target == scan.c.id,
    _about.c.kind == "answer",
    _about.c.outcome == Outcome.ADMITTED,
    or_(_about.c.trusted == 1, _about.c.device == scan.c.device),
)
_UNDONE = exists().where(
    is_said(_about),
    _about.c.target == scan.c.id,
    _about.c.kind == "undo",
    or_(
        _about.c.trusted == 1,
        and_(_about.c.device == scan.c.device, _about.c.t_est - scan.c.t_est <= UNDO_WITHIN),
    ),
)
PASSED = and_(
    scan.c.kind == "scan",
    # A number that is nobody's is no person, whatever a door believed.
    scan.c.holder.in_(select(holder.c.number)),
    or_(
        scan.c.outcome == Outcome.ADMITTED,
        and_(scan.c.outcome == Outcome.ASK, _LET_IN),
    ),
    ~_UNDONE,
)
"""Scans by which somebody passed, in or out."""
ARRIVED = and_(PASSED, scan.c.leaving == 0, scan.c.reason != "repeat")
"""Scans by which somebody came in."""
