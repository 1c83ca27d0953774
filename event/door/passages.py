"""Where each holder stands at each gate, as it is kept; `event.door.settle` says what it is."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, bindparam, func, or_, select

from event.door.history import Course
from event.tables import gate, passage, scan
from event.tables.many import among, insert_many, inserts

Pair = tuple[Any, Any]
"""A gate's id and a holder."""


def read_passages(db: Connection, pairs: Collection[Pair]) -> dict[Pair, Course]:
    """Return where holders stand at gates, without incidents; none where they never passed."""
    gates, holders = ({pair[n] for pair in pairs} for n in (0, 1))
    rows = db.execute(_SOME, {"gates": list(gates), "holders": list(holders)})
    found = (((row.gate_id, row.holder), row) for row in rows)
    return {pair: course_at(row) for pair, row in found if pair in pairs}


def course_at(row: Any) -> Course:
    """Return where the holder of a row stands at its gate."""
    return Course(
        row.entries,
        row.passed_days,
        bool(row.inside),
        row.first_at,
        row.last_at,
        row.last_device,
        (),
    )


def stand(db: Connection, courses: Mapping[Pair, Course]) -> None:
    """Keep where holders stand."""
    rows = [
        {
            "gate_id": gate_id,
            "holder": holder,
            "entries": course.entries,
            "days": course.days,
            "inside": int(course.inside),
            "first_at": course.first_at,
            "last_at": course.last_at,
            "last_device": course.last_device,
        }
        for (gate_id, holder), course in courses.items()
    ]
    insert_many(db, _STAND, rows)


def forget(db: Connection, pairs: Iterable[Pair]) -> None:
    """Keep nothing of who never passed."""
    if rows := [{"wanted_gate": number, "wanted_holder": holder} for number, holder in pairs]:
        db.execute(_FORGET, rows)


def last_clears(db: Connection, gates: Iterable[int]) -> dict[int, int]:
    """Return when everybody was last sent out of some gates, none where nobody ever was."""
    rows = db.execute(_CLEARED, {"gates": list(gates)})
    return {row.id: row.at for row in rows if row.at is not None}


def cleared(number: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Select when everybody was last sent out of a gate, or of all gates."""
    return (
        select(func.max(scan.c.t_est))
        # Nobody is named by a clear, which makes them few to look through.
        .where(
            scan.c.kind == "clear",
            scan.c.holder.is_(None),
            or_(scan.c.gate_id.is_(None), scan.c.gate_id == number),
        )
        .scalar_subquery()
    )


_KEY = ("gate_id", "holder")
PASSAGE = (
    passage.c.gate_id,
    passage.c.entries,
    passage.c.days.label("passed_days"),
    passage.c.inside,
    passage.c.first_at,
    passage.c.last_at,
    passage.c.last_device,
)
"""The columns that say where a holder stands."""
_SOME = select(passage.c.holder, *PASSAGE).where(
    among(passage.c.gate_id, "gates"), among(passage.c.holder, "holders")
)
_STAND = inserts(
    passage,
    lambda new: new.on_conflict_do_update(
        index_elements=_KEY,
        set_={c.name: new.excluded[c.name] for c in passage.columns if c.name not in _KEY},
    ),
)
_FORGET = passage.delete().where(
    passage.c.gate_id == bindparam("wanted_gate"), passage.c.holder == bindparam("wanted_holder")
)
_CLEARED = select(gate.c.id, cleared(gate.c.id).label("at")).where(among(gate.c.id, "gates"))
