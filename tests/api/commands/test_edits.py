"""`eventday edits`: a list of edits from a file, as over HTTP."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from builders import an_agenda, publish_agenda
from click.testing import CliRunner, Result

from api.command import main
from event.agenda.model import Agenda, State
from event.agenda.rows import load
from event.database import Database
from sync.publish import read_clock


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    monkeypatch.setenv("EVENTDAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EVENTDAY_DATABASE", database_url)
    monkeypatch.setenv("EVENTDAY_CLOCK", "2025-06-03T08:00+02:00")


def run(body: Any, *options: str) -> Result:
    content = body if isinstance(body, str) else json.dumps(body)
    return CliRunner().invoke(main, ["edits", "-", *options], input=content)


def stands(db: Database) -> tuple[int, Agenda]:
    with db.read() as tx:
        return read_clock(tx).seq, load(tx, public=False)


def test_a_file_is_done_as_its_dry_run_said(db: Database) -> None:
    first, second, third = publish_agenda(db, an_agenda()).sessions
    body = {
        "operations": [
            {"op": "cancel", "session": first.id},
            {"op": "move", "session": second.id, "starts_at": third.starts_at.isoformat()},
            {"op": "announce", "title": {"en": "Listen"}},
        ],
        "reason": {"en": "ill"},
        "id": str(uuid4()),
    }
    said = run(body, "--dry-run")
    assert said.exit_code == 0, said.output
    assert stands(db)[0] == 1
    lines = said.output.splitlines()
    moves = "03.06. 10:00 → 03.06. 11:00, 03.06. 10:45 → 03.06. 11:45"
    assert lines[:2] == [
        f"cancelled session {first.id} “Session 1”: confirmed → cancelled",
        f"moved     session {second.id} “Session 2”: {moves}",
    ]
    assert lines[2].endswith("“Listen”")
    assert lines[-2:] == ["0 people are told: nobody.", "Nothing was changed."]
    done = run(body)
    assert done.output.splitlines()[:-1] == [*lines[:2], done.output.splitlines()[2], lines[-2]]
    assert done.output.endswith("Publish 2.\n")
    assert run(body).output == "That was done already.\n"
    seq, agenda = stands(db)
    assert (seq, agenda.sessions[0].state) == (2, State.CANCELLED)
    again = run({"operations": [{"op": "room", "session": second.id, "room": second.room_id}]})
    assert again.output.endswith("Nothing became different.\n")


def test_every_fault_is_listed_and_nothing_is_done(db: Database) -> None:
    first = publish_agenda(db, an_agenda()).sessions[0]
    operations = [{"op": "cancel", "session": 999}, {"op": "cancel", "session": first.id},
                  {"op": "delay", "session": first.id, "minutes": 5}]  # fmt: skip
    refused = run({"operations": operations})
    assert refused.exit_code == 1
    assert "/operations/0: There is no session 999" in refused.output
    assert "/operations/2: " in refused.output
    assert "2 of 3 operations cannot be done, so none was" in refused.output
    assert stands(db)[0] == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "no JSON in UTF-8"),
        ("[]", "no list of edits"),
        ({"operations": [{"op": "explode"}], "x": 1}, "/operations/0/op: Write one of"),
        ({"operations": []}, "/operations: "),
        ({"operations": [{"op": "cancel", "session": 1}], "if_version": [{"session": 1}]},
         "/if_version/0/version: "),
    ],
)  # fmt: skip
def test_what_is_no_list_of_edits_is_refused(db: Database, content: Any, said: str) -> None:
    publish_agenda(db, an_agenda())
    refused = run(content)
    assert refused.exit_code == 1
    assert said in refused.output
    assert stands(db)[0] == 1


def test_a_file_may_hold_and_a_colleague_may_have_been_faster(db: Database) -> None:
    first, second, _ = publish_agenda(db, an_agenda()).sessions
    held = run({"operations": [{"op": "cancel", "session": first.id}], "hold": 60})
    assert held.output.startswith("Held as ")
    assert stands(db)[0] == 1
    stale = run({"operations": [{"op": "cancel", "session": second.id}],
                 "if_version": [{"session": second.id, "version": 7}]})  # fmt: skip
    assert stale.exit_code == 1
    assert f"Somebody edited session {second.id} since" in stale.output


def test_without_an_event_there_is_nothing_to_edit() -> None:
    refused = run({"operations": [{"op": "cancel", "session": 1}]})
    assert (refused.exit_code, "There is no event yet" in refused.output) == (1, True)
