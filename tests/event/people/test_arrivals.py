"""“Tell me when they arrive”: it follows from what doors let in, whatever came first."""

from pathlib import Path

from gates import AT, Hall, a_gate, a_hall, an_id, scanned, verdict

from event.database import Database
from event.door.afterwards import tell
from event.door.decide import Policy
from event.door.scans import Scan, store
from event.door.settle import settle
from event.people.watches import add_watch, watches

BY = "helpdesk/test"


def arrived(db: Database) -> int | None:
    with db.read() as tx:
        (wish,) = watches(tx, by=BY)
    return wish.arrived_at


def a_watched(db: Database, folder: Path) -> Hall:
    """Return a hall whose first person is waited for."""
    hall = a_hall(db, folder)
    with db.write() as tx:
        a_gate(tx, "briefing", policy=Policy.PRACTICE, position=1)
        add_watch(tx, hall.people[0].id, by=BY, at=AT)
    return hall


def test_the_first_admission_is_the_arrival(db: Database, tmp_path: Path) -> None:
    hall = a_watched(db, tmp_path)
    with db.write() as tx:
        scanned(tx, 1, hall.code(1), after=1)
    assert arrived(db) is None
    with db.write() as tx:
        scanned(tx, 2, hall.code(0), after=60)
        scanned(tx, 3, hall.code(0), after=120)
    assert arrived(db) == AT + 60


def test_practice_and_refusal_are_no_arrival(db: Database, tmp_path: Path) -> None:
    hall = a_watched(db, tmp_path)
    with db.write() as tx:
        assert verdict(scanned(tx, 1, hall.code(0), gate="briefing"))[0] == "admitted"
        a_gate(tx, "press", categories=["press"], position=2)
        assert verdict(scanned(tx, 2, hall.code(0), gate="press")) == ("refused", "wrong_gate")
    assert arrived(db) is None


def test_what_is_undone_was_no_arrival(db: Database, tmp_path: Path) -> None:
    hall = a_watched(db, tmp_path)
    with db.write() as tx:
        scanned(tx, 1, hall.code(0), after=1)
    assert arrived(db) == AT + 1
    at = (AT + 5) * 1000
    undo = Scan(
        id=an_id(2), kind="undo", target=an_id(1), device="one",
        online=True, t=at, t_est=at, received_at=at,
    )  # fmt: skip
    with db.write() as tx:
        tell(tx, "main", undo)
    assert arrived(db) is None


def test_a_door_that_was_away_corrects_the_moment_and_an_evacuation_does_not(
    db: Database, tmp_path: Path
) -> None:
    hall = a_watched(db, tmp_path)
    with db.write() as tx:
        scanned(tx, 1, hall.code(0), after=600)
    with db.write() as tx:
        gate = a_gate(tx)
        late = [
            Scan(
                id=an_id(2), gate_id=gate, holder=hall.people[0].holder, outcome="admitted",
                device="two", t_est=(AT + 60) * 1000, received_at=(AT + 900) * 1000,
            ),
            Scan(id=an_id(3), kind="clear", t_est=(AT + 950) * 1000),
        ]  # fmt: skip
        store(tx, late)
        settle(tx, late)
    assert arrived(db) == AT + 60
