"""The log of scans: each fact once, and of two answers to one scan that of the door."""

from dataclasses import replace
from typing import Any

import pytest
from gates import an_id
from sqlalchemy import select

from event import tables
from event.database import Database
from event.door.scans import Scan, store

ASKED = Scan(an_id(1), gate_id=1, holder=7, outcome="refused", reason="full", device="a",
             online=True, t=5, t_est=5, received_at=5)  # fmt: skip
DECIDED = Scan(an_id(1), gate_id=1, holder=7, outcome="admitted", device="a", t=4, t_est=4,
               received_at=9)  # fmt: skip


def log(db: Database) -> list[Any]:
    with db.read() as tx:
        return [tuple(row) for row in tx.execute(select(tables.scan).order_by("id"))]


def stored(db: Database, *scans: Scan) -> dict[str, Scan]:
    with db.write() as tx:
        return store(tx, scans)


@pytest.mark.parametrize(
    ("later", "wanted"),
    [
        ({}, ("admitted", "", False)),
        ({"device": "b"}, ("refused", "full", True)),
        ({"online": True}, ("refused", "full", True)),
        ({"kind": "undo"}, ("refused", "full", True)),
    ],
    ids=["its own device", "another device", "asked again", "no scan"],
)
def test_what_the_door_did_counts_and_when_it_asked(
    db: Database, later: dict[str, Any], wanted: tuple[str, str, bool]
) -> None:
    stored(db, ASKED)
    found = stored(db, replace(DECIDED, **later))[an_id(1)]
    assert (found.outcome, found.reason, found.online) == wanted
    assert (found.t_est, found.received_at, found.device) == (5, 5, "a")


def test_what_a_door_did_stays_whatever_comes_later(db: Database) -> None:
    assert stored(db, DECIDED) == {an_id(1): DECIDED}
    before = log(db)
    other = replace(DECIDED, outcome="refused", reason="full")
    assert stored(db, ASKED) == stored(db, DECIDED) == stored(db, other) == {an_id(1): DECIDED}
    assert log(db) == before


def test_of_one_id_twice_at_once_the_first_counts(db: Database) -> None:
    assert stored(db, DECIDED, ASKED) == {an_id(1): DECIDED}
    assert len(log(db)) == 1


def test_what_is_said_of_a_scan_is_about_its_gate_and_holder(db: Database) -> None:
    early = Scan(an_id(3), "undo", target=an_id(1), device="a", t=6, t_est=6, received_at=6)
    late = Scan(an_id(4), "answer", target=an_id(1), device="a", t=6, t_est=6, received_at=6)
    before = stored(db, early)[early.id]
    after = stored(db, DECIDED, late)[late.id]
    assert (before.gate_id, before.holder) == (None, None)
    assert (after.gate_id, after.holder) == (1, 7)
