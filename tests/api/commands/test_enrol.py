"""`eventday enrol` and `eventday devices`: a code on the terminal becomes a phone in the list."""

from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from desk import AT, JAN
from gates import a_gate

from api.command import main
from badges import qr
from event.database import Database
from event.people.attendees import add
from event.people.enrolment import enrol
from event.people.tokens import bearer_of


@pytest.fixture
def environment(tmp_path: Path, db: Database) -> dict[str, str]:
    return {
        "EVENTDAY_HOME": str(tmp_path),
        "EVENTDAY_DATABASE": db.url.render_as_string(hide_password=False),
        "EVENTDAY_CLOCK": "2025-06-03T09:00+02:00,0",
        "EVENTDAY_URL": "https://event.example.org/cmr/",
    }


def run(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(main, words, env=environment)


def test_a_code_is_printed_with_the_picture_that_opens_the_door_page(
    environment: dict[str, str], db: Database
) -> None:
    with db.write() as tx:
        for slug in ("main", "dinner"):
            a_gate(tx, slug)
    options = ("--role", "gate", "--gate", "main", "--gate", "dinner", "--label", "Door 1")
    result = run(environment, "enrol", *options, "--until", "2025-06-03T14:00+02:00")
    assert result.exit_code == 0, result.output
    code, address, *_ = result.stdout.splitlines()
    assert address == f"https://event.example.org/cmr/door#{code}"
    assert qr.terminal(address) in result.stdout
    with db.write() as tx:
        device, token = enrol(tx, code, uuid=str(uuid4()), at=AT)
        ends = AT + 5 * 3600
        assert (device.gates, device.label, device.shift_ends_at) == (
            ("main", "dinner"), "Door 1", ends)  # fmt: skip
        assert bearer_of(tx, token, at=ends - 1) is not None
        assert bearer_of(tx, token, at=ends) is None

    listed = run(environment, "devices", "list").stdout
    assert listed == f"{device.id}  gate  2025-06-03T07:00:00+00:00  valid  main,dinner  Door 1\n"
    assert run(environment, "devices", "revoke", str(device.id)).exit_code == 0
    assert "  revoked  " in run(environment, "devices", "list").stdout
    assert run(environment, "devices", "revoke", str(device.id), "--stolen").exit_code == 0
    assert "  stolen  " in run(environment, "devices", "list").stdout
    with db.read() as tx:
        assert bearer_of(tx, token, at=AT) is None


def test_an_attendees_code_opens_their_page(environment: dict[str, str], db: Database) -> None:
    with db.write() as tx:
        jan = add(tx, JAN, at=AT)
    result = run(environment, "enrol", "--role", "attendee", "--attendee", str(jan.id))
    code, address, *_ = result.stdout.splitlines()
    assert address == f"https://event.example.org/cmr/link#{code}"
    with db.write() as tx:
        assert enrol(tx, code, uuid=str(uuid4()), at=AT)[0].attendee_id == jan.id


def test_an_organisers_code_opens_the_desk(environment: dict[str, str]) -> None:
    code, address, *_ = run(environment, "enrol", "--role", "organiser").stdout.splitlines()
    assert address == f"https://event.example.org/cmr/desk#{code}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["enrol", "--role", "attendee"], "Name an attendee"),
        (["enrol", "--role", "attendee", "--attendee", "9"], "no such attendee"),
        (["enrol", "--role", "gate", "--until", "14:00"], "--until is a moment"),
        (["enrol", "--role", "gate", "--until", "2025-06-03T14:00"], "--until is a moment"),
        (["enrol", "--role", "gate", "--until", "2025-06-03T09:00+02:00"], "lies in the past"),
        (["devices", "revoke", "9"], "no such device"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    environment: dict[str, str], words: list[str], said: str
) -> None:
    result = run(environment, *words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
