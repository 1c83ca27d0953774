"""Many doors in a bad network: every scan stored once, and what follows is what a person finds."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from simulation import POLICIES, Entrance, Fact, is_undone
from sqlalchemy import select

from event import tables
from event.database import Database
from event.door.gates import gates
from event.door.scans import Scan, scan_of, store
from event.door.settle import settle

PEOPLE = int(os.environ.get("PEOPLE", "200"))
DOORS = 12 if PEOPLE > 1000 else 6
SEEDS = range(int(os.environ.get("SEEDS", "2")))

Row = dict[str, Any]


@pytest.fixture(params=SEEDS)
def entrance(request: pytest.FixtureRequest, db: Database, tmp_path: Path) -> Entrance:
    made = Entrance(db, tmp_path, seed=request.param, doors=DOORS, people=PEOPLE)
    made.run(visits=PEOPLE * 2)
    return made


def test_every_scan_counts_once_in_whatever_order_it_arrives(entrance: Entrance) -> None:
    check_what_is_stored(entrance)
    check_what_follows(entrance)
    check_another_order(entrance)


def check_what_is_stored(entrance: Entrance) -> None:
    stored = {item.id: item for item in all_scans(entrance.db)}
    assert stored.keys() == entrance.facts.keys()
    for name, fact in entrance.facts.items():
        item = stored[name]
        assert (item.outcome, item.reason, item.t_est, item.skewed, item.online) == (
            fact.outcome, fact.reason, fact.believed, fact.skewed, fact.online,
        )  # fmt: skip


def check_what_follows(entrance: Entrance) -> None:
    expected = found_by_a_person(entrance)
    assert passages(entrance.db) == expected["passages"]
    assert incidents(entrance.db) == expected["incidents"]
    kinds = {kind for kind, *_ in incidents(entrance.db)}
    assert kinds == {"double_admission", "should_have_refused", "clock_suspect"}


def check_another_order(entrance: Entrance) -> None:
    before = passages(entrance.db), incidents(entrance.db)
    scans = all_scans(entrance.db)
    Random(PEOPLE).shuffle(scans)  # noqa: S311
    with entrance.db.write() as tx:
        for table in (tables.scan, tables.passage, tables.incident):
            tx.execute(table.delete())
        for start in range(0, len(scans), 37):
            some = [Scan(**as_sent(item)) for item in scans[start : start + 37]]
            settle(tx, store(tx, some + some[:5]).values())
    assert (passages(entrance.db), incidents(entrance.db)) == before


def as_sent(item: Scan) -> Row:
    """Return a scan as it came: what an undo is about, and what was found, is for the server."""
    values = {name: getattr(item, name) for name in Scan.__slots__}
    about = {} if item.kind in {"scan", "clear"} else {"gate_id": None, "holder": None}
    return values | about | {"late": ""}


def all_scans(db: Database) -> list[Scan]:
    with db.read() as tx:
        return [scan_of(row) for row in tx.execute(select(tables.scan).order_by(tables.scan.c.id))]


def passages(db: Database) -> set[tuple[Any, ...]]:
    with db.read() as tx:
        slugs = {item.id: item.slug for item in gates(tx)}
        return {
            (slugs[row.gate_id], row.holder, row.entries, row.days, bool(row.inside), row.first_at,
             row.last_at, row.last_device)
            for row in tx.execute(select(tables.passage))
        }  # fmt: skip


def incidents(db: Database) -> set[tuple[str, str, str, int]]:
    with db.read() as tx:
        rows = tx.execute(select(tables.incident)).all()
    assert len({row.id for row in rows}) == len(rows)
    return {(row.kind, row.scan_id, row.other_id, row.gap) for row in rows}


def found_by_a_person(entrance: Entrance) -> dict[str, set[Any]]:
    """Return what somebody with pencil and paper finds who sees all that was done, in its order."""
    about: dict[str, list[Fact]] = defaultdict(list)
    in_order = sorted(entrance.facts.values(), key=lambda fact: (fact.believed, fact.id))
    for fact in in_order:
        about[fact.target].append(fact)
    sheets = {slug: Sheet(policy) for slug, policy in POLICIES.items()}
    # Whoever is sent out at the moment somebody comes in was sent out before.
    for fact in sorted(in_order, key=lambda f: (f.believed, f.kind != "clear", f.id)):
        if fact.kind == "clear":
            for slug in [fact.gate] if fact.gate else POLICIES:
                sheets[slug].clear()
        elif fact.kind == "scan" and has_passed(fact, about):
            day = next(n for n, (_, end) in enumerate(entrance.days) if fact.believed < end * 1000)
            sheets[fact.gate].write(fact, day)
    return {
        "passages": {(slug, *line) for slug, sheet in sheets.items() for line in sheet.lines()},
        "incidents": {
            *(double for sheet in sheets.values() for double in sheet.doubles),
            *(("should_have_refused", f.id, "", 0) for f in in_order if is_late(f, entrance)),
            *(("clock_suspect", f.id, "", 0) for f in in_order if f.kind == "scan" and f.skewed),
        },
    }


def has_passed(fact: Fact, about: dict[str, list[Fact]]) -> bool:
    answers = [said.outcome for said in about[fact.id] if said.kind == "answer"]
    is_in = fact.outcome == "admitted" or (fact.outcome == "ask" and "admitted" in answers)
    return is_in and not is_undone(fact, about)


def is_late(fact: Fact, entrance: Entrance) -> bool:
    """Say whether a door without a network let in who had been struck off the list."""
    if fact.kind != "scan" or fact.online or fact.outcome != "admitted":
        return False
    assert fact.holder is not None
    if fact.generation > 1:
        return False
    gone = entrance.cancelled.get(fact.holder, entrance.reissued.get(fact.holder))
    return gone is not None and gone * 1000 <= fact.believed


class Sheet:
    """The paper list of one gate."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.inside: set[int] = set()
        self.visits: dict[int, list[int]] = defaultdict(list)
        self.first: dict[int, Fact] = {}
        self.last: dict[int, Fact] = {}
        self.doubles: list[tuple[str, str, str, int]] = []

    def clear(self) -> None:
        self.inside.clear()
        self.visits.clear()

    def write(self, fact: Fact, day: int) -> None:
        holder = fact.holder
        if fact.leaving:
            self.inside.discard(holder)
        elif fact.reason != "repeat":
            seen = {
                "first_entry": bool(self.visits[holder]),
                "once": bool(self.visits[holder]),
                "once_per_day": day in self.visits[holder],
                "in_and_out": holder in self.inside,
            }[self.policy]
            # Who let them in did not know of the time before.
            if seen and fact.reason not in {"reentry", "override"}:
                other = self.last[holder]
                gap = fact.believed - other.believed
                self.doubles.append(("double_admission", fact.id, other.id, gap))
            self.visits[holder].append(day)
            self.inside.add(holder)
        self.first.setdefault(holder, fact)
        self.last[holder] = fact

    def lines(self) -> Iterator[tuple[Any, ...]]:
        for holder, last in self.last.items():
            visits = self.visits[holder]
            days = sum(1 << day for day in set(visits))
            first = self.first[holder].believed
            yield (holder, len(visits), days, holder in self.inside, first, last.believed,
                   last.device)  # fmt: skip
