"""`eventday door-lists`: who stands on which list, read from the PDF again."""

from pathlib import Path
from typing import Any

import pytest
from builders import an_agenda, publish_agenda
from click.testing import CliRunner, Result
from faces import texts
from gates import AT, a_gate

from api.command import main
from badges.face import grouped
from badges.short import short_code
from event import tables
from event.database import Database
from event.people.attendees import add_all, change
from event.people.model import Attendee


@pytest.fixture
def run(db: Database, tmp_path: Path) -> Any:
    publish_agenda(db, an_agenda())
    environment = {
        "EVENTDAY_HOME": str(tmp_path / "home"),
        "EVENTDAY_DATABASE": db.url.render_as_string(hide_password=False),
        "EVENTDAY_CLOCK": "2025-06-03T09:00+02:00,0",
    }

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(main, ["door-lists", *map(str, words)], env=environment)

    return invoke


def test_each_gate_has_a_list_of_those_who_may_pass_it(
    run: Any, db: Database, tmp_path: Path
) -> None:
    some = [
        Attendee(id=0, guid="", given_name="Jan", surname="Żak"),
        Attendee(id=0, guid="", given_name="Ada", surname="Łoś", category="vip"),
        Attendee(id=0, guid="", given_name="Eve", surname="Adams", days=2),
        Attendee(id=0, guid="", given_name="Tom", surname="Gone"),
    ]
    with db.write() as tx:
        made = add_all(tx, some, at=AT)
        change(tx, made[3].id, {"status": "cancelled"}, at=AT)
        a_gate(tx, "main", name={"en": "Main door", "pl": "Wejście"}, position=1)
        a_gate(tx, "vip", name={"en": "Lounge"}, categories=["vip"], days=1, position=2)
        a_gate(tx, "bus", name={"en": "Bus"}, session_id=1, needs_booking=True, position=3)
        a_gate(tx, "try", name={"en": "Practice"}, policy="practice", position=4)
        row = {"session_id": 1, "attendee_id": made[0].id, "state": "booked", "at": AT}
        tx.execute(tables.booking.insert(), row)
    file = tmp_path / "lists.pdf"
    done = run(file)
    assert (done.exit_code, done.stderr) == (0, f"{file}: 3 gates, 5 lines\n"), done.output
    assert file.stat().st_mode & 0o777 == 0o600
    door, lounge, bus = texts(file.read_bytes())
    assert [door.index(name) for name in ("Adams", "Łoś", "Żak")] == sorted(
        door.index(name) for name in ("Adams", "Łoś", "Żak")
    )
    assert "Main door" in door
    assert "Tue 3 Wed 4" in door
    assert grouped(short_code(made[1].holder)) in door
    assert "Gone" not in door
    assert "Łoś" in lounge
    assert not any(word in lounge for word in ("Żak", "Wed 4"))
    assert "Żak" in bus
    assert not any(word in bus for word in ("Łoś", "Wed 4"))
    assert run(file, "--gate", "main", "--language", "pl").exit_code == 0
    (polish,) = texts(file.read_bytes())
    assert all(word in polish for word in ("Wejście", "Nazwisko", "wt. 3"))


def test_what_cannot_be_printed_says_what_to_do(run: Any, db: Database, tmp_path: Path) -> None:
    file = tmp_path / "lists.pdf"
    assert "eventday gates set" in run(file).stderr
    with db.write() as tx:
        a_gate(tx)
    assert "attendees import" in run(file).stderr
    assert "GET /v1/gates" in run(file, "--gate", "side").stderr
    assert "EVENTDAY_HOME" in run(tmp_path / "home" / "lists.pdf").stderr
    assert not file.exists()
