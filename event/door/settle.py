"""What follows from the log of scans: where each holder stands at each gate.

It is made again from all scans of a holder at a gate, so that their order does not matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, or_, select, true, union_all
from sqlalchemy.dialects import postgresql, sqlite

from event.door.decide import Policy, event_day
from event.door.gates import days_between
from event.door.history import Course, course_of
from event.door.incidents import Pair, note_incidents
from event.door.late import mark_late
from event.door.scans import Scan, entry_of, scan_of
from event.door.turns import wait_for_everyone
from event.tables import event, gate, passage, scan


@dataclass(frozen=True, slots=True)
class Rules:
    """What a course depends on beside its scans: policies by gate, the event's days."""

    policies: Mapping[int, Policy]
    days: tuple[tuple[int, int], ...]

    def course(self, number: int, items: Iterable[Scan], cleared: Sequence[int]) -> Course | None:
        """Return what scans of one holder at a gate come to."""
        return course_of(
            map(entry_of, items),
            cleared,
            policy=self.policies[number],
            day_of=lambda at: event_day(self.days, at // 1000),
        )


def settle(db: Connection, scans: Iterable[Scan], *, rules: Rules | None = None) -> None:
    """Bring passages and incidents up to date with scans that are stored.

    `rules` are those of the gates concerned, if they are known already.
    """
    touched = list(scans)
    rules = rules or _rules(db)
    pairs = {(s.gate_id, s.holder) for s in touched if s.holder is not None}
    if sent_out := {item.gate_id for item in touched if item.kind == "clear"}:
        wait_for_everyone(db)
        pairs |= {
            (row.gate_id, row.holder)
            for row in db.execute(_EVERYBODY)
            if sent_out & {None, row.gate_id}
        }
    mark_late(db, [item for item in touched if item.kind == "scan"])
    ordered = sorted((pair for pair in pairs if pair[0] in rules.policies), key=str)
    for start in range(0, len(ordered), _BATCH):
        _settle(db, rules, ordered[start : start + _BATCH])


def _settle(db: Connection, rules: Rules, pairs: Sequence[Pair]) -> None:
    by_pair: dict[Pair, list[Scan]] = {pair: [] for pair in pairs}
    clears: list[Scan] = []
    numbers = {
        "gates": list({number for number, _ in pairs}),
        "holders": list({holder for _, holder in pairs}),
    }
    for item in map(scan_of, db.execute(_PAST, numbers)):
        if item.kind == "clear":
            clears.append(item)
        elif (item.gate_id, item.holder) in by_pair:
            by_pair[item.gate_id, item.holder].append(item)
    cleared = {
        number: sorted(clear.t_est for clear in clears if clear.gate_id in {None, number})
        for number in numbers["gates"]
    }
    courses = {
        pair: rules.course(pair[0], items, cleared[pair[0]]) for pair, items in by_pair.items()
    }
    if stand := [_passage(*pair, course) for pair, course in courses.items() if course]:
        db.execute(_STAND[db.dialect.name], stand)
    if never := [
        {"wanted_gate": number, "wanted_holder": holder}
        for (number, holder), course in courses.items()
        if course is None
    ]:
        db.execute(_FORGET, never)
    note_incidents(db, by_pair, courses)


def _rules(db: Connection) -> Rules:
    rows = db.execute(_RULES).all()
    policies = {row.id: Policy(row.policy) for row in rows}
    days = {days_between(row.starts_on, row.ends_on, row.timezone) for row in rows}
    return Rules(policies, days.pop() if days else ())


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


_BATCH = 400
"""Pairs in one statement: SQLite takes 32,766 parameters."""
_RULES = (
    select(gate.c.id, gate.c.policy, event.c.starts_on, event.c.ends_on, event.c.timezone)
    .select_from(gate)
    .join(event, true())
)
_EVERYBODY = select(passage.c.gate_id, passage.c.holder)
_about = scan.alias("about")
_GATES: BindParameter[Any] = bindparam("gates", expanding=True)
_HOLDERS: BindParameter[Any] = bindparam("holders", expanding=True)
_PAST = union_all(
    select(scan).where(scan.c.gate_id.in_(_GATES), scan.c.holder.in_(_HOLDERS)),
    # What came before the scan it is about did not know whose it was.
    select(*(_about.c[c.name] if c.name in {"gate_id", "holder"} else c for c in scan.columns))
    .select_from(scan)
    .join(_about, _about.c.id == scan.c.target)
    .where(scan.c.holder.is_(None), _about.c.gate_id.in_(_GATES), _about.c.holder.in_(_HOLDERS)),
    select(scan).where(
        scan.c.kind == "clear",
        scan.c.holder.is_(None),
        or_(scan.c.gate_id.in_(_GATES), scan.c.gate_id.is_(None)),
    ),
)
"""All that the course of some holders at some gates follows from."""
_KEY = ("gate_id", "holder")
_STAND = {
    name: new.on_conflict_do_update(
        index_elements=_KEY,
        set_={c.name: new.excluded[c.name] for c in passage.columns if c.name not in _KEY},
    )
    for name, new in (
        ("sqlite", sqlite.insert(passage)),
        ("postgresql", postgresql.insert(passage)),
    )
}
_FORGET = passage.delete().where(
    passage.c.gate_id == bindparam("wanted_gate"), passage.c.holder == bindparam("wanted_holder")
)
