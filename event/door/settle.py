"""What follows from the log of scans: where each holder stands at each gate.

It is made again from all scans of a holder at a gate, so that their order does not matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, tuple_

from event.door.decide import event_day
from event.door.gates import Gate, event_days, gates
from event.door.history import Course, course_of
from event.door.incidents import note_incidents
from event.door.late import mark_late
from event.door.scans import Scan, entry_of, scan_of
from event.tables import passage, scan


def settle(db: Connection, scans: Iterable[Scan]) -> None:
    """Bring passages and incidents up to date with scans that are stored."""
    touched = list(scans)
    known = {item.id: item for item in gates(db)}
    pairs = {(s.gate_id, s.holder) for s in touched if s.gate_id in known and s.holder is not None}
    for item in touched:
        if item.kind == "clear":
            pairs |= _pairs_of(db, item.gate_id)
    mark_late(db, [item for item in touched if item.kind == "scan"])
    for start in range(0, len(ordered := sorted(pairs, key=str)), _BATCH):
        _settle(db, known, ordered[start : start + _BATCH])


def _settle(db: Connection, known: Mapping[int, Gate], pairs: Sequence[tuple[Any, Any]]) -> None:
    days = event_days(db)
    by_pair: dict[tuple[Any, Any], list[Scan]] = {pair: [] for pair in pairs}
    rows = [scan_of(row) for row in db.execute(_BY_PAIR, {"pairs": pairs})]
    about = [item.id for item in rows if item.kind == "scan"]
    # What came before the scan it is about did not know whose it was.
    orphans = [scan_of(row) for row in db.execute(_ORPHANS, {"ids": about})]
    scans = {item.id: item for item in rows}
    for item in (*rows, *(replace(o, gate_id=scans[o.target].gate_id,
                                  holder=scans[o.target].holder) for o in orphans)):  # fmt: skip
        by_pair[item.gate_id, item.holder].append(item)
    cleared = {number: _cleared(db, number) for number in {gate_id for gate_id, _ in pairs}}
    courses = {
        pair: course_of(
            map(entry_of, items),
            cleared[pair[0]],
            policy=known[pair[0]].policy,
            day_of=lambda at: event_day(days, at // 1000),
        )
        for pair, items in by_pair.items()
    }
    db.execute(_FORGET_PASSAGES, {"pairs": pairs})
    if passages := [_passage(*pair, course) for pair, course in courses.items() if course]:
        db.execute(passage.insert(), passages)
    note_incidents(db, by_pair, courses)


def _passage(gate_id: int, number: int, course: Course) -> dict[str, Any]:
    return {
        "gate_id": gate_id,
        "holder": number,
        "entries": course.entries,
        "days": course.days,
        "inside": int(course.inside),
        "first_at": course.first_at,
        "last_at": course.last_at,
        "last_device": course.last_device,
    }


def _cleared(db: Connection, gate_id: int) -> list[int]:
    return [row.t_est for row in db.execute(_CLEARS, {"gate": gate_id})]


def _pairs_of(db: Connection, gate_id: int | None) -> set[tuple[Any, Any]]:
    rows = db.execute(_PASSAGES).all()
    return {(row.gate_id, row.holder) for row in rows if gate_id in {None, row.gate_id}}


_BATCH = 400
"""Pairs in one statement: SQLite takes 32,766 parameters."""
_BY_PAIR = select(scan).where(
    tuple_(scan.c.gate_id, scan.c.holder).in_(bindparam("pairs", expanding=True))
)
_ORPHANS = select(scan).where(
    scan.c.target.in_(bindparam("ids", expanding=True)), scan.c.holder.is_(None)
)
_CLEARS = (
    select(scan.c.t_est)
    .where(
        scan.c.kind == "clear", or_(scan.c.gate_id == bindparam("gate"), scan.c.gate_id.is_(None))
    )
    .order_by(scan.c.t_est)
)
_PASSAGES = select(passage.c.gate_id, passage.c.holder)
_FORGET_PASSAGES = passage.delete().where(
    tuple_(passage.c.gate_id, passage.c.holder).in_(bindparam("pairs", expanding=True))
)
