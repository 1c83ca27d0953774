"""Incidents: what an organiser should look at, found in the scans; resolved by a person."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select

from event.door.decide import Outcome
from event.door.history import Course, admissions
from event.door.passages import Pair
from event.door.scans import Scan, entry_of
from event.tables import incident
from event.tables.many import among, insert_many, inserts

DOUBLE, SKEWED, TWICE = "double_admission", "clock_suspect", "registered_twice"
"""Kinds of incidents, beside what `event.door.late` finds."""


def note_incidents(
    db: Connection,
    by_pair: Mapping[Pair, Sequence[Scan]],
    courses: Mapping[Pair, Course | None],
) -> None:
    """Make the incidents of some pairs what their scans say; what was resolved stays resolved."""
    found = [row for pair, items in by_pair.items() for row in _found(items, courses[pair])]
    wanted = {row["id"]: row for row in found}
    # Of a single scan nothing was found before that is not found now.
    pairs = [pair for pair, items in by_pair.items() if len(items) > 1 or wanted]
    if not pairs:
        return
    numbers = {"gates": list({gate for gate, _ in pairs}),
               "holders": list({holder for _, holder in pairs})}  # fmt: skip
    known = [
        row
        for row in db.execute(_INCIDENTS, numbers).mappings()
        if (row["gate_id"], row["holder"]) in by_pair
    ]
    _replace(db, known, wanted)


def note_unnamed(db: Connection, scans: Iterable[Scan]) -> None:
    """Make an incident of each scan that is late and about no holder; known ones stay."""
    if rows := [_incident(item.late, item) for item in scans]:
        insert_many(db, _ADD, rows)


def note_registrations(
    db: Connection, holder: int, said: Sequence[Scan], *, is_blank: bool
) -> None:
    """Make the incidents of a blank what its registrations (by time) say: all but the first.

    Of a badge that is no blank, all.
    """
    first = said[0] if is_blank else None
    found = [
        _incident(TWICE, item, other_id=first.id, gap=item.t_est - first.t_est)
        if first
        else _incident(TWICE, item)
        for item in said
        if item is not first
    ]
    known = db.execute(_REGISTERED, {"wanted": holder, "kind": TWICE}).mappings().all()
    _replace(db, known, {row["id"]: row for row in found})


def _replace(
    db: Connection, known: Iterable[RowMapping], wanted: dict[str, dict[str, Any]]
) -> None:
    forgotten = []
    for row in known:
        same = wanted.get(row["id"])
        if same and all(same[name] == row[name] for name in _FACTS):
            del wanted[row["id"]]
            continue
        if same:
            same |= {name: row[name] for name in _RESOLVED}
        forgotten.append(row["id"])
    if forgotten:
        db.execute(_FORGET, {"names": forgotten})
    if wanted:
        insert_many(db, _ADD, [wanted[name] for name in sorted(wanted)])


def _found(items: Sequence[Scan], course: Course | None) -> list[dict[str, Any]]:
    scans = {item.id: item for item in items}
    rows = [
        _incident(DOUBLE, scans[double.scan], other_id=double.other, gap=double.gap)
        for double in (course.doubles if course else ())
    ]
    if late := [item for item in items if item.late]:
        # Whom a door only asked about was perhaps sent away.
        passed = {entry.id for entry in admissions([entry_of(item) for item in items])}
        rows += [
            _incident(item.late, item)
            for item in late
            if item.outcome == Outcome.ADMITTED or item.id in passed
        ]
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
    among(incident.c.gate_id, "gates"), among(incident.c.holder, "holders")
)
_REGISTERED = select(incident).where(
    incident.c.holder == bindparam("wanted"), incident.c.kind == bindparam("kind")
)
_ADD = inserts(incident, lambda new: new.on_conflict_do_nothing())
_FORGET = incident.delete().where(among(incident.c.id, "names"))
