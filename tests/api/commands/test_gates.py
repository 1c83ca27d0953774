"""`eventday gates`: what organisers set up before the doors open."""

from pathlib import Path

import pytest
from builders import an_agenda, publish_agenda
from click.testing import CliRunner, Result
from gates import AT, a_gate, a_hall, scanned

from api.command import main
from event import tables
from event.database import Database
from event.door.decide import Policy
from event.door.gates import Gate, find_gate, gates


class Desk:
    """An event, and the command line on it."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self.environment = {
            "EVENTDAY_HOME": str(folder / "home"),
            "EVENTDAY_DATABASE": db.url.render_as_string(hide_password=False),
            "EVENTDAY_CLOCK": "2025-06-03T09:00+02:00,0",
        }

    def __call__(self, *words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], env=self.environment)

    def gate(self, slug: str) -> Gate:
        with self.db.read() as tx:
            return find_gate(tx, slug)


@pytest.fixture
def desk(db: Database, tmp_path: Path) -> Desk:
    publish_agenda(db, an_agenda())
    return Desk(db, tmp_path)


def test_a_gate_is_added_changed_and_listed(desk: Desk) -> None:
    assert "gates set main" in desk("gates", "list").stderr
    made = desk(
        "gates", "set", "dinner", "--name", "en=Dinner", "--name", "pl=Kolacja", "--policy", "once",
        "--category", "vip", "--category", "speaker", "--days", "1", "--capacity", 200,
        "--opens", "2025-06-03T18:00", "--closes", "2025-06-03T20:00:00Z", "--free-flow",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    gate = desk.gate("dinner")
    assert gate == Gate(
        id=gate.id, slug="dinner", name={"en": "Dinner", "pl": "Kolacja"}, policy=Policy.ONCE,
        categories=("vip", "speaker"), days=1, opens_at=AT + 9 * 3600, closes_at=AT + 13 * 3600,
        capacity=200, free_flow=True,
    )  # fmt: skip
    assert desk("gates", "list").stdout == (
        "dinner  once  2025-06-03 18:00–2025-06-03 22:00  vip,speaker  days 1  200 places"
        "  free flow  Dinner\n"
    )
    changes = ["--category", "none", "--days", "none", "--capacity", "none", "--no-free-flow"]
    desk("gates", "set", "dinner", "--opens", "none", "--closes", "none", *changes)
    assert desk.gate("dinner") == Gate(
        id=gate.id, slug="dinner", name={"en": "Dinner", "pl": "Kolacja"}, policy=Policy.ONCE
    )
    assert desk("gates", "list").stdout == "dinner  once  always  everyone  Dinner\n"


def test_who_missed_the_bus_is_told_when_it_has_left(desk: Desk, tmp_path: Path) -> None:
    hall = a_hall(desk.db, tmp_path)
    with desk.db.write() as tx:
        a_gate(tx, "bus", session_id=1, needs_booking=True, departure=True, policy="once")
        for person in hall.people[:2]:
            row = {"session_id": 1, "attendee_id": person.id, "state": "booked", "at": AT}
            tx.execute(tables.booking.insert(), row)
        scanned(tx, 1, hall.code(1), gate="bus")
    left = desk("gates", "set", "bus", "--ended", "now").stdout.splitlines()
    assert left[1:] == ["missing: Person 0"]
    assert desk.gate("bus").ended_at == AT
    assert len(desk("gates", "set", "bus", "--ended", "none").stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["Main", "--name", "en=Main"], "such as main-door"),
        (["main"], "needs a name"),
        (["main", "--name", "Main door"], "--name en='Main door'"),
        (["main", "--name", "en=x", "--days", "0"], "1 to 2, such as 1,2"),
        (["main", "--name", "en=x", "--opens", "tomorrow"], "such as 2025-06-03T18:00"),
        (["main", "--name", "en=x", "--opens", "now"], "--opens is a moment"),
        (["main", "--name", "en=x", "--capacity", "-1"], "--capacity is a whole number, or none"),
        (["main", "--name", "en=x", "--session", "99"], "no session 99"),
        (["main", "--name", "en=x", "--category", "nobody"], "add it first"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_gate_that_cannot_be_is_refused_in_one_sentence(
    desk: Desk, words: list[str], advice: str
) -> None:
    refused = desk("gates", "set", *words)
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert advice in refused.stderr
    with desk.db.read() as tx:
        assert gates(tx) == []
