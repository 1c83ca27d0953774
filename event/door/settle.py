"""What follows from the log of scans: where each holder stands at each gate.

It is made again from all scans of a holder at a gate, so that their order does not matter. A
holder who does not exist stands nowhere: whoever was let in as one is an incident.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select, true, union_all

from event.door.decide import Outcome, Policy, event_day
from event.door.gates import days_between
from event.door.history import Course, course_of, followed
from event.door.incidents import note_incidents, note_unnamed
from event.door.late import mark_late
from event.door.passages import Pair, forget, last_clears, read_passages, stand
from event.door.scans import Scan, entry_of, scan_of
from event.door.turns import wait_for_everyone
from event.tables import event, gate, holder, passage, scan
from event.tables.door import is_said
from event.tables.many import among


@dataclass(frozen=True, slots=True)
class Rules:
    """What a course depends on beside its scans: policies by gate, the event's days."""

    policies: Mapping[int, Policy]
    days: tuple[tuple[int, int], ...]

    def course(self, number: int, items: Iterable[Scan], cleared: Sequence[int]) -> Course | None:
        """Return what all scans of one holder at a gate come to."""
        return course_of(
            map(entry_of, items), cleared, policy=self.policies[number], day_of=self._day_of
        )

    def followed(
        self, number: int, course: Course | None, passed: Iterable[Scan], *, cleared: int
    ) -> Course | None:
        """Return what a course comes to with more admissions; None if only all scans tell."""
        return followed(
            course,
            map(entry_of, passed),
            cleared=cleared,
            policy=self.policies[number],
            day_of=self._day_of,
        )

    def _day_of(self, at: int) -> int | None:
        return event_day(self.days, at // 1000)


def settle(db: Connection, scans: Iterable[Scan], *, new: bool = False) -> None:
    """Bring passages and incidents up to date with scans that are stored.

    `new` ones were stored just now: where they only add to what is known, that is enough.
    """
    touched = list(scans)
    rules = _rules(db)
    pairs = {(s.gate_id, s.holder) for s in touched if s.holder is not None}
    if sent_out := {item.gate_id for item in touched if item.kind == "clear"}:
        wait_for_everyone(db)
        pairs |= {
            (row.gate_id, row.holder)
            for row in db.execute(_EVERYBODY)
            if sent_out & {None, row.gate_id}
        }
    pairs = {pair for pair in pairs if pair[0] in rules.policies}
    late = mark_late(db, [item for item in touched if item.kind == "scan"])
    note_unnamed(db, [item for item in touched if item.holder is None and item.late])
    if new and not sent_out:
        pairs -= _advance(db, rules, touched, pairs, late)
    ordered = sorted(pairs)
    for start in range(0, len(ordered), _BATCH):
        _settle(db, rules, ordered[start : start + _BATCH])


def _advance(
    db: Connection, rules: Rules, scans: Sequence[Scan], pairs: set[Pair], late: set[str]
) -> set[Pair]:
    """Add new scans to what is known of where people stand; return for whom that is enough."""
    # Of some something was said before they were here.
    told = {*db.execute(_TOLD, {"names": [item.id for item in scans]}).scalars(), *late}
    by_pair: dict[Pair, list[Scan]] = {pair: [] for pair in pairs}
    unclear: set[Pair] = set()
    for item in scans:
        pair: Pair = (item.gate_id, item.holder)
        if pair not in by_pair:
            continue
        if item.kind != "scan" or item.id in told or item.late or item.skewed:
            unclear.add(pair)
        elif item.outcome == Outcome.ADMITTED and rules.policies[pair[0]] is not Policy.PRACTICE:
            by_pair[pair].append(item)
    plain = {pair: passed for pair, passed in by_pair.items() if pair not in unclear}
    known = read_passages(db, plain)
    plain = {pair: plain[pair] for pair in plain.keys() - _repeated(db, plain.keys() - known)}
    cleared = last_clears(db, {number for number, _ in plain})
    courses = {
        pair: rules.followed(
            pair[0],
            known.get(pair),
            passed,
            cleared=cleared.get(pair[0], 0),
        )
        for pair, passed in plain.items()
        if passed
    }
    stand(db, {pair: course for pair, course in courses.items() if course})
    return {pair for pair in plain if pair not in courses or courses[pair]}


def _repeated(db: Connection, pairs: set[Pair]) -> set[Pair]:
    """Return of whom a repeat may have come before its entry, and is nowhere counted yet."""
    numbers = {"gates": list({gate for gate, _ in pairs}),
               "holders": list({holder for _, holder in pairs})}  # fmt: skip
    return {(row.gate_id, row.holder) for row in db.execute(_REPEATED, numbers)} if pairs else set()


def _settle(db: Connection, rules: Rules, pairs: Sequence[Pair]) -> None:
    """Make again what all scans of some holders at some gates come to."""
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
    real = set(db.execute(_REAL, numbers).scalars())
    courses = {
        pair: rules.course(pair[0], items, cleared[pair[0]]) if pair[1] in real else None
        for pair, items in by_pair.items()
    }
    stand(db, {pair: course for pair, course in courses.items() if course})
    forget(db, [pair for pair, course in courses.items() if course is None])
    note_incidents(db, by_pair, courses)


def _rules(db: Connection) -> Rules:
    rows = db.execute(_RULES).all()
    policies = {row.id: Policy(row.policy) for row in rows}
    days = {days_between(row.starts_on, row.ends_on, row.timezone) for row in rows}
    return Rules(policies, days.pop() if days else ())


_BATCH = 400
"""Pairs looked at together: of each all its scans are in memory."""
_RULES = (
    select(gate.c.id, gate.c.policy, event.c.starts_on, event.c.ends_on, event.c.timezone)
    .select_from(gate)
    .join(event, true())
)
_EVERYBODY = select(passage.c.gate_id, passage.c.holder)
_REAL = select(holder.c.number).where(among(holder.c.number, "holders"))
_TOLD = select(scan.c.target).where(is_said(scan), among(scan.c.target, "names"))
_REPEATED = select(scan.c.gate_id, scan.c.holder).where(
    scan.c.reason == "repeat", among(scan.c.gate_id, "gates"), among(scan.c.holder, "holders")
)
_about = scan.alias("about")
_PAST = union_all(
    select(scan).where(among(scan.c.gate_id, "gates"), among(scan.c.holder, "holders")),
    # What came before the scan it is about did not know whose it was.
    select(*(_about.c[c.name] if c.name in {"gate_id", "holder"} else c for c in scan.columns))
    .select_from(scan)
    .join(_about, _about.c.id == scan.c.target)
    .where(
        is_said(scan),
        scan.c.holder.is_(None),
        among(_about.c.gate_id, "gates"),
        among(_about.c.holder, "holders"),
    ),
    select(scan).where(
        scan.c.kind == "clear",
        scan.c.holder.is_(None),
        or_(among(scan.c.gate_id, "gates"), scan.c.gate_id.is_(None)),
    ),
)
"""All that the course of some holders at some gates follows from."""
