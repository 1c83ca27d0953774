"""What follows from the log of scans: who counts, and who is nobody."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gates import AT, NOW, Hall, a_gate, a_hall, an_id, scanned, verdict
from sqlalchemy import Connection, event, select, text

from badges.code import Medium
from event import tables
from event.database import Database
from event.door.attendance import attendance
from event.door.counts import counts
from event.door.gates import gates, set_gate
from event.door.late import LATE
from event.door.report import report
from event.door.resolve import Which, incidents, resolve
from event.door.scans import Scan, store
from event.door.settle import settle

NOBODY = 4711
"""A number no holder has."""


def away(number: int, holder: int | None, **said: Any) -> Scan:
    """Return what a door without a network did, so many seconds after the opening."""
    at = NOW + number * 1000
    facts = {"gate_id": 1, "outcome": "admitted", "device": "one", "t": at, "t_est": at} | said
    return Scan(id=an_id(number), holder=holder, **facts)


def told(tx: Connection, *scans: Scan) -> None:
    """Store scans and settle them, as the outbox does."""
    settle(tx, store(tx, scans).values(), new=True)


def passed(tx: Connection) -> dict[int, int]:
    """Return entries by holder."""
    return {row.holder: row.entries for row in tx.execute(select(tables.passage))}


def found(tx: Connection) -> list[tuple[str, str]]:
    """Return the open incidents: kind and scan."""
    return [(row.kind, row.scan_id) for row in incidents(tx, Which())[0]]


def a_stranger(hall: Hall) -> str:
    """Return a code that our key has signed for nobody we know."""
    return hall.signer.code(replace(hall.people[0], holder=NOBODY), Medium.PAPER)


def test_nobody_is_counted_wherever_people_are(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    one = hall.people[0].holder
    with db.write() as tx:
        a_gate(tx, "room", session_id=1)
        told(tx, away(1, one), away(2, NOBODY), away(3, NOBODY, gate_id=2), away(4, NOBODY))
        asked = away(5, NOBODY, outcome="ask", reason="look_at_id")
        told(tx, asked, away(6, None, kind="answer", target=asked.id))
    with db.read() as tx:
        assert passed(tx) == {one: 1}
        everywhere, _ = counts(tx, gates(tx), at=AT + 60)
        assert (everywhere.inside, everywhere.today, everywhere.ever) == (1, 1, 1)
        assert (report(tx).came, [item.came for item in attendance(tx)]) == (1, [0])
        assert set(found(tx)) == {(LATE, an_id(number)) for number in (2, 3, 4, 5)}


def test_numbers_agree_on_who_was_let_in(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    one, two = (person.holder for person in hall.people[:2])
    with db.write() as tx:
        # The same badge twice, and the entry taken back; a question that another door answers.
        scan, asked = away(1, one), away(3, two, outcome="ask", reason="look_at_id")
        told(tx, scan, away(2, one, reason="repeat"), asked)
        told(tx, away(4, one, kind="undo", outcome="", target=scan.id))
        told(tx, away(5, two, kind="answer", target=asked.id, device="two"))
        told(tx, away(6, one, reason="repeat"))
        everywhere, _ = counts(tx, gates(tx), at=AT + 60)
        assert (everywhere.inside, everywhere.today, everywhere.ever) == (0, 0, 0)
        assert (report(tx).came, passed(tx)) == (0, {})


def test_a_repeat_may_come_before_its_entry(db: Database, tmp_path: Path) -> None:
    one = a_hall(db, tmp_path).people[0].holder
    with db.write() as tx:
        told(tx, away(9, one, reason="repeat"))
        told(tx, away(1, one))
        row = tx.execute(select(tables.passage)).one()
        assert (row.entries, row.last_at - row.first_at) == (1, 8_000)


def test_a_scan_that_names_nobody_is_looked_into_once(db: Database, tmp_path: Path) -> None:
    a_hall(db, tmp_path)
    with db.write() as tx:
        for _ in range(2):
            told(tx, away(1, None, late=LATE), away(2, None, outcome="refused"))
            assert found(tx) == [(LATE, an_id(1))]
        resolve(tx, Which(kind=LATE), "mistake", by="organiser/", at=AT)
        told(tx, away(1, None, late=LATE))
        assert (found(tx), passed(tx)) == ([], {})


@pytest.mark.parametrize("how", ["free flow", "override"])
def test_nobody_who_was_let_in_with_a_network_is_counted(
    db: Database, tmp_path: Path, how: str
) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        if how == "free flow":
            set_gate(tx, "main", {"free_flow": True})
            answer = scanned(tx, 1, a_stranger(hall))
        else:
            answer = scanned(tx, 1, holder=NOBODY, trusted=True, override="their boss says so")
        assert verdict(answer)[0] == "admitted"
        assert (passed(tx), found(tx)) == ({}, [(LATE, an_id(1))])
        assert report(tx).came == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_said_of_a_scan_is_found_without_reading_all_that_name_nobody(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    asked: dict[str, Any] = {}

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked[statement] = parameters

    with db.write() as tx:
        store(tx, [away(number, None, outcome="refused") for number in range(2_000)])
        one = away(3_000, hall.people[0].holder)
        told(tx, one)
        tx.execute(text("ANALYZE scan"))
        event.listen(db.engine, "before_cursor_execute", note)
        told(tx, away(3_001, None, kind="undo", outcome="", target=one.id))
        event.remove(db.engine, "before_cursor_execute", note)
        (past,) = [statement for statement in asked if "UNION ALL" in statement]
        plan = tx.exec_driver_sql(f"EXPLAIN {past}", asked[past]).scalars().all()
    assert any("Index Scan using ix_scan_target" in line for line in plan)
