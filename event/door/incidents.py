"""Incidents: what an organiser should look at, found in the scans; resolved by a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, tuple_

from event.door.history import Course
from event.door.scans import Scan
from event.tables import incident

DOUBLE, SKEWED = "double_admission", "clock_suspect"
"""Kinds of incidents, beside what `event.door.late` finds."""

Pair = tuple[Any, Any]
"""A gate's id and a holder."""


def note_incidents(
    db: Connection,
    by_pair: Mapping[Pair, Sequence[Scan]],
    courses: Mapping[Pair, Course | None],
) -> None:
    """Make the incidents of some pairs what their scans say; what was resolved stays resolved."""
    found = [row for pair, items in by_pair.items() for row in _found(items, courses[pair])]
    wanted = {row["id"]: row for row in found}
    for row in db.execute(_INCIDENTS, {"pairs": list(by_pair)}).mappings().all():
        same = wanted.get(row["id"])
        if same and all(same[name] == row[name] for name in _FACTS):
            del wanted[row["id"]]
            continue
        if same:
            same |= {name: row[name] for name in _RESOLVED}
        db.execute(_FORGET, {"name": row["id"]})
    if wanted:
        db.execute(incident.insert(), [wanted[name] for name in sorted(wanted)])


def _found(items: Sequence[Scan], course: Course | None) -> list[dict[str, Any]]:
    scans = {item.id: item for item in items}
    rows = [
        _incident(DOUBLE, scans[double.scan], other_id=double.other, gap=double.gap)
        for double in (course.doubles if course else ())
    ]
    rows += [_incident(item.late, item) for item in items if item.late]
    rows += [_incident(SKEWED, item) for item in items if item.skewed and item.kind == "scan"]
    return rows


def _incident(kind: str, item: Scan, *, other_id: str = "", gap: int = 0) -> dict[str, Any]:
    return {
        "id": f"{kind}:{item.id}",
        "kind": kind,
        "scan_id": item.id,
        "other_id": other_id,
        "gate_id": item.gate_id,
        "holder": item.holder,
        "gap": gap,
        "at": item.t_est,
        "resolved_at": None,
        "resolved_by": "",
        "resolution": "",
    }


_FACTS = ("other_id", "gap", "at")
_RESOLVED = ("resolved_at", "resolved_by", "resolution")
_INCIDENTS = select(incident).where(
    tuple_(incident.c.gate_id, incident.c.holder).in_(bindparam("pairs", expanding=True))
)
_FORGET = incident.delete().where(incident.c.id == bindparam("name"))
