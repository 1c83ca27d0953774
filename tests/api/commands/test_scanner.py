"""The command `eventday scanner`: a door device in a folder, in words, shapes and exit codes."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from builders import OPENING
from click.testing import CliRunner, Result
from flask import Flask
from gates import AT, Hall, a_gate, a_hall
from scanners import a_code, published, serving

from api.app import service_of
from api.command import main
from badges.short import short_code
from event.door.decide import Policy
from event.people.attendees import change
from event.people.model import Attendee

Run = Callable[..., Result]
ADA = Attendee(id=0, guid="", given_name="Ada", surname="Łoś", organisation="Klaster")
JAN = Attendee(id=0, guid="", surname="Żak", note="Ask for the key")


@pytest.fixture
def hall(app: Flask, tmp_path: Path) -> Hall:
    it = a_hall(service_of(app).db, tmp_path, [ADA, JAN])
    with service_of(app).db.write() as db:
        a_gate(db, "hall", policy=Policy.IN_AND_OUT, position=1)
    published(app)
    return it


@pytest.fixture
def server(app: Flask) -> Iterator[ExitStack]:
    """Yield a running server, which is away once this is closed."""
    with ExitStack() as stack:
        stack.address = stack.enter_context(serving(app))  # type: ignore[attr-defined]
        yield stack


@pytest.fixture
def run(
    app: Flask,
    hall: Hall,  # noqa: ARG001  # there has to be an event
    server: ExitStack,
    tmp_path: Path,
) -> Run:
    """Return what runs `eventday scanner` with some words, on an enrolled device."""
    address = server.address.removesuffix("/v1/")  # type: ignore[attr-defined]

    def scanner(*words: str) -> Result:
        options = ["--server", address, "--dir", str(tmp_path / "scanner")]
        return CliRunner().invoke(main, ["scanner", *options, *words])

    result = scanner("enrol", a_code(app, gates=["main", "hall"], label="A"))
    assert result.exit_code == 0, result.output
    return scanner


def test_a_verdict_is_a_shape_a_word_a_sentence_and_an_exit_code(run: Run, hall: Hall) -> None:
    first = run("scan", "--gate", "main", hall.code())
    assert first.exit_code == 0
    word, who, fresh = first.output.splitlines()
    assert word == "✔ COME IN: One person may go in."
    assert who == "Ada Łoś, Klaster, Delegate"
    assert fresh.startswith("(heard the server ")
    assert fresh.endswith("; 1 to send)")
    again = run("scan", "--gate", "main", hall.code())
    assert (again.exit_code, again.output[:13]) == (0, "≡ SAME BADGE:")
    asked = run("scan", "--gate", "main", hall.code(1))
    assert (asked.exit_code, asked.output[:12]) == (2, "? ASK FIRST:")
    assert "Ask for the key" in asked.output.splitlines()
    answered = run("answer", "yes")
    assert (answered.exit_code, answered.output[:9]) == (0, "✔ COME IN")
    refused = run("scan", "--gate", "main", "a coffee voucher")
    assert (refused.exit_code, refused.output[:7]) == (1, "✖ STOP:")


def test_it_speaks_polish_and_json(run: Run, hall: Hall) -> None:
    said = run("--lang", "pl", "scan", "--gate", "main", hall.code()).output.splitlines()
    assert said[0] == "✔ ZAPRASZAM: Jedna osoba może wejść."
    made = json.loads(run("--json", "scan", "--gate", "hall", hall.code()).output)
    assert made.pop("scan")
    assert made == {
        "outcome": "admitted",
        "reason": "",
        "leaving": False,
        "sentence": "One person may go in.",
        "short_code": short_code(hall.people[0].holder),
        "category": "Delegate",
        "person": {"given_name": "Ada", "surname": "Łoś", "organisation": "Klaster", "note": ""},
    }
    stays = json.loads(run("--json", "scan", "--gate", "main", "--leaving", hall.code()).output)
    assert (stays["leaving"], stays["reason"]) == (False, "repeat")
    assert json.loads(run("--json", "status").output)["unsent"] == 0


def test_without_a_server_it_goes_on_and_tells_later(
    app: Flask, run: Run, hall: Hall, server: ExitStack
) -> None:
    port = int(server.address.split(":")[2].split("/")[0])  # type: ignore[attr-defined]
    server.close()
    out = run("scan", "--gate", "hall", hall.code())
    assert (out.exit_code, "Ada Łoś" in out.output) == (0, True)
    left = run("scan", "--gate", "hall", "--leaving", hall.code())
    assert left.exit_code == 0
    assert left.output.startswith("✔ GOODBYE: Counted as outside.")
    assert run("undo").exit_code == 0
    failed = run("sync")
    assert (failed.exit_code, "No answer" in failed.output) == (3, True)
    assert "3 to send" in run("status").output
    with serving(app, port):
        assert "to send" not in run("sync").output
        assert "hall: hall, 1" in run("status").output


def test_a_lead_lets_a_shift_go_on_without_a_network(
    app: Flask, run: Run, server: ExitStack
) -> None:
    code = a_code(app, gates=["main"], label="A", shift_ends_at=AT + 600)
    assert run("enrol", code).exit_code == 0
    assert "the shift ends in" in run("status").output
    home = service_of(app).settings
    environment = {"EVENTDAY_HOME": str(home.home), "EVENTDAY_DATABASE": home.database,
                   "EVENTDAY_CLOCK": f"{OPENING.isoformat()},0"}  # fmt: skip

    def by_lead(*words: str) -> Result:
        return CliRunner().invoke(main, words, env=environment)

    def extended(role: str, until: str) -> Result:
        return by_lead("devices", "extend", "--role", role, "--until", until)

    keys = [by_lead("keys", "show", "--feed", feed).output for feed in ("public", "door")]
    rotated = by_lead("keys", "rotate", "--feed", "door").output
    assert len({*keys, rotated}) == 3
    shown = [by_lead("keys", "show", "--feed", feed).output for feed in ("public", "door")]
    assert shown == [keys[0], rotated]
    printed = extended("gate", "2025-06-03T14:00+02:00").output.splitlines()
    assert printed[0] == "1 devices go on until 2025-06-03T14:00+02:00."
    for_others = extended("helpdesk", "2025-06-03T14:00+02:00").output.splitlines()
    assert for_others[0].startswith("0 devices")
    assert "past" in extended("gate", "2025-06-03T08:00+02:00").output
    server.close()
    said = run("scan", printed[1])
    assert (said.exit_code, "the shift ends in" in said.output) == (0, False)
    wrong = run("scan", for_others[1])
    assert (wrong.exit_code, "role helpdesk" in wrong.output) == (3, True)


def test_what_cannot_be_decided_ends_with_a_sentence(run: Run, hall: Hall, tmp_path: Path) -> None:
    unnamed = run("scan", hall.code())
    assert (unnamed.exit_code, "main, hall" in unnamed.output) == (3, True)
    nobody = CliRunner().invoke(main, ["scanner", "--dir", str(tmp_path / "new"), "scan", "x"])
    assert (nobody.exit_code, "no scanner yet" in nobody.output) == (3, True)
    assert "nothing known yet" in CliRunner().invoke(
        main, ["scanner", "--dir", str(tmp_path / "new"), "status"]
    ).output  # fmt: skip
    (tmp_path / "file").touch()
    file = CliRunner().invoke(main, ["scanner", "--dir", str(tmp_path / "file" / "x"), "status"])
    assert (file.exit_code, "Not a directory" in file.output) == (3, True)


def test_an_evacuation_has_to_be_meant(run: Run, hall: Hall) -> None:
    run("scan", "--gate", "hall", hall.code())
    assert run("clear").exit_code == 1
    assert "hall: hall, 1" in run("status").output
    assert "hall: hall, 0" in run("clear", "--gate", "hall", "--yes").output


def test_a_blank_gets_a_name(app: Flask, run: Run, hall: Hall) -> None:
    assert run("scan", "--gate", "main", hall.signer.blank(hall.blanks[0])).exit_code == 2
    assert run("register", "--surname", "Świt").output.startswith("✔ COME IN")
    with service_of(app).db.write() as db:
        change(db, hall.people[0].id, {"status": "cancelled"}, at=AT)
    published(app)
    run("sync")
    assert run("scan", "--gate", "main", hall.code()).exit_code == 1
