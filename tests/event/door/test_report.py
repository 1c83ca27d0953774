"""The numbers for a funder: everybody once."""

from pathlib import Path

from gates import AT, NOW, a_gate, a_hall, scanned
from sqlalchemy import Connection

from event.database import Database
from event.door.report import Share, report
from event.door.scans import Scan, store
from event.door.settle import settle
from event.people.attendees import change
from event.people.model import Attendee

HOUR = 3600


def people() -> list[Attendee]:
    facts = [("Ada", "PL", "speaker"), ("Jan", "Polska", "delegate"), ("Eve", "DE", "delegate"),
             ("Tom", "", "delegate"), ("Ola", "germany", "vip")]  # fmt: skip
    return [
        Attendee(id=0, guid="", surname=name, country=country, category=category)
        for name, country, category in facts
    ]


def test_everybody_counts_once_a_day_a_quarter_and_a_country(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path, people())
    with db.write() as tx:
        # Who cancelled later is registered no more, and was here all the same.
        a_gate(tx, "room", session_id=1)
        a_gate(tx, "try", policy="practice")
        scanned(tx, 1, hall.code(0))
        scanned(tx, 2, hall.code(0), device="two", after=60)
        scanned(tx, 3, hall.code(0), gate="room", after=1000)
        scanned(tx, 4, hall.code(1), after=899)
        scanned(tx, 5, hall.code(2), after=900)
        scanned(tx, 6, hall.code(4), gate="try")
        scanned(tx, 7, hall.code(1), after=24 * HOUR)
        scanned(tx, 8, hall.code(3), after=24 * HOUR + 1)
        blank(tx, hall.blanks[0])
        change(tx, hall.people[1].id, {"status": "cancelled"}, at=AT)
        found = report(tx)
    assert (found.registered, found.came) == (4, 5)
    first, second = found.days
    assert (first.day.isoformat(), first.came, first.first_time) == ("2025-06-03", 4, 4)
    assert first.arrivals == ((AT, 2), (AT + 900, 3))
    assert first.peak == (AT + 900, 3)
    assert (second.came, second.first_time) == (2, 1)
    assert found.countries == (Share("PL", 1, 2), Share("DE", 2, 1), Share("", 1, 2))
    assert [(share.name, share.came) for _, share in found.categories] == [
        ("delegate", 3), ("speaker", 1), ("vip", 0), ("", 1),
    ]  # fmt: skip
    assert [item.came for item in found.sessions] == [1]


def blank(tx: Connection, number: int) -> None:
    """Let somebody in whose blank badge nobody has registered."""
    made = Scan(id="0197343a-1c08-7000-8000-0000000002ae", gate_id=1, holder=number,
                outcome="admitted", device="one", t_est=NOW + 900_000)  # fmt: skip
    settle(tx, store(tx, [made]).values())


def test_before_the_doors_open_there_are_no_days(db: Database, tmp_path: Path) -> None:
    a_hall(db, tmp_path, people())
    with db.read() as tx:
        found = report(tx)
    assert (found.registered, found.came, found.days, found.sessions) == (5, 0, (), ())
    assert found.countries[-1] == Share("", 1, 0)
