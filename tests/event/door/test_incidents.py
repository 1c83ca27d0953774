"""Incidents follow from the log, and what an organiser said of one does not."""

from pathlib import Path
from typing import Any

from gates import AT, NOW, a_gate, a_hall, an_id, scanned, verdict
from sqlalchemy import Connection

from event.database import Database
from event.door.gates import set_gate
from event.door.resolve import Which, incidents, resolve
from event.door.scans import Scan, store
from event.door.settle import settle
from event.people.attendees import change


def did(tx: Connection, number: int, holder: int | None, *, after: int = 0, **said: Any) -> str:
    """Let a door without a network do something; return its id."""
    at = NOW + after * 1000
    facts = {"gate_id": 1, "outcome": "admitted", "device": f"door {number}"} | said
    made = Scan(an_id(number), holder=holder, t=at, t_est=at, received_at=at, **facts)
    settle(tx, store(tx, [made]).values(), new=True)
    return made.id


def open_ones(tx: Connection) -> set[tuple[str, str, str]]:
    return {(row.kind, row.scan_id, row.other_id) for row in incidents(tx, Which())[0]}


def test_an_incident_ends_with_what_made_it(db: Database, tmp_path: Path) -> None:
    one = a_hall(db, tmp_path).people[0].holder
    with db.write() as tx:
        first, second = did(tx, 1, one), did(tx, 2, one, after=60)
        assert open_ones(tx) == {("double_admission", second, first)}
        third = did(tx, 3, one, after=30)
        assert open_ones(tx) == {
            ("double_admission", third, first), ("double_admission", second, third),
        }  # fmt: skip
        for number, target in ((4, third), (5, second)):
            did(tx, number, None, kind="undo", target=target, trusted=True, after=90)
        assert open_ones(tx) == set()


def test_what_was_said_of_one_stays_for_as_long_as_it_is_there(
    db: Database, tmp_path: Path
) -> None:
    one = a_hall(db, tmp_path).people[0].holder
    with db.write() as tx:
        did(tx, 1, one)
        did(tx, 2, one, after=60, skewed=True)
        resolve(tx, Which(kind="double_admission"), "badge_lent", by="organiser/", at=AT)
        third = did(tx, 3, one, after=30)  # comes late, and is what the second was beside
        assert open_ones(tx) == {
            ("clock_suspect", an_id(2), ""), ("double_admission", third, an_id(1)),
        }  # fmt: skip
        (row,) = incidents(tx, Which(), resolved=True)[0]
        assert (row.other_id, row.gap) == (third, 30_000)
        assert (row.resolution, row.resolved_at) == ("badge_lent", AT)


def test_whom_a_door_only_asked_is_looked_into_once_it_said_yes(
    db: Database, tmp_path: Path
) -> None:
    one, two = a_hall(db, tmp_path).people[:2]
    with db.write() as tx:
        for person in (one, two):
            change(tx, person.id, {"status": "cancelled"}, at=AT)
        asked = [
            did(tx, number, person.holder, outcome="ask", reason="look_at_id", device="door")
            for number, person in enumerate((one, two))
        ]
        assert open_ones(tx) == set()
        for number, (scan, outcome) in enumerate(zip(asked, ("admitted", "refused"), strict=True)):
            did(tx, 5 + number, None, kind="answer", target=scan, outcome=outcome, device="door")
        assert open_ones(tx) == {("should_have_refused", asked[0], "")}


def test_no_scan_that_is_looked_into_for_itself_has_a_short_gap(
    db: Database, tmp_path: Path
) -> None:
    one = a_hall(db, tmp_path).people[0].holder
    with db.write() as tx:
        first = did(tx, 1, one, skewed=True)
        double = did(tx, 2, one, after=60)
        short = Which(gap_below=120_000)
        assert [row.scan_id for row in incidents(tx, short)[0]] == [double]
        resolve(tx, short, "same_person", by="organiser/", at=AT)
        assert open_ones(tx) == {("clock_suspect", first, "")}


def test_free_flow_invents_nothing(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    one, two = hall.people[:2]
    with db.write() as tx:
        change(tx, two.id, {"status": "cancelled"}, at=AT)
        set_gate(tx, "main", {"free_flow": True})
        for number in (1, 2):
            answer = scanned(tx, number, hall.code(), after=600 * number, device=f"door {number}")
            assert verdict(answer) == ("admitted", "free_flow")
        did(tx, 3, one.holder, reason="free_flow", after=900)
        did(tx, 4, two.holder, reason="free_flow", after=900)
        assert open_ones(tx) == set()
        did(tx, 5, one.holder, after=1800)  # its door had not heard of any
        assert open_ones(tx) == {("double_admission", an_id(5), an_id(2))}


def test_a_wrong_clock_is_told_of_scans_alone(db: Database, tmp_path: Path) -> None:
    one = a_hall(db, tmp_path).people[0].holder
    with db.write() as tx:
        scan = did(tx, 1, one, skewed=True)
        did(tx, 2, None, kind="undo", target=scan, device="door 1", skewed=True, after=5)
        did(tx, 3, one, outcome="refused", skewed=True, after=9)
        assert open_ones(tx) == {("clock_suspect", an_id(1), ""), ("clock_suspect", an_id(3), "")}


def test_whoever_was_let_in_at_another_gate_is_no_double(db: Database, tmp_path: Path) -> None:
    one = a_hall(db, tmp_path).people[0].holder
    with db.write() as tx:
        a_gate(tx, "gift", policy="once")
        did(tx, 1, one)
        did(tx, 2, one, gate_id=2, after=1)
        did(tx, 3, None, kind="clear", gate_id=2, after=2)
        did(tx, 4, one, gate_id=2, after=3)
        assert open_ones(tx) == set()
