"""Many doors in a bad network: every scan stored once, and what follows is what a person finds."""

import os
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from paper import Sheet, filled_in, found_by_a_person
from simulation import Entrance
from sqlalchemy import select

from event import tables
from event.database import Database
from event.door.counts import Count, counts, day_start
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
    check_counts(entrance)
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
    sheets = filled_in(entrance)
    lines = {(slug, *line) for slug, sheet in sheets.items() for line in sheet.lines()}
    assert passages(entrance.db) == lines
    assert incidents(entrance.db) == found_by_a_person(entrance, sheets)
    kinds = {kind for kind, *_ in incidents(entrance.db)}
    assert kinds == {"double_admission", "should_have_refused", "clock_suspect"}


def check_counts(entrance: Entrance) -> None:
    at = entrance.now // 1000
    with entrance.db.read() as tx:
        all_of_them, by_gate = counts(tx, gates(tx), at=at)
        morning = day_start(tx, at) * 1000
    sheets = filled_in(entrance)
    assert {slug: counted(count) for slug, count in by_gate.items()} == {
        slug: once_each([sheet], morning) for slug, sheet in sheets.items()
    }
    assert counted(all_of_them) == once_each(sheets.values(), morning)


def counted(count: Count) -> tuple[int, int, int]:
    return count.inside, count.today, count.ever


def once_each(sheets: Iterable[Sheet], morning: int) -> tuple[int, int, int]:
    """Count people inside, of today, and ever, however many sheets they are on."""
    some = list(sheets)
    inside = {h for sheet in some for h in sheet.inside if sheet.last[h].believed >= morning}
    today = {h for sheet in some for at, h in sheet.arrived if at >= morning}
    return len(inside), len(today), len({h for sheet in some for h in sheet.last})


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
