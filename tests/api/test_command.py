"""The command line, on a home of its own."""

import json
import os
import re
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, a_session, an_agenda, guid
from click.testing import CliRunner, Result
from sqlalchemy import select

from api.command import main
from api.commands.agenda import EXPORTS
from event import tables
from event.agenda.model import State
from event.agenda.rows import load
from event.database import Database
from event.formats.files import write_file
from event.people.tokens import Bearer, bearer_of
from event.times import to_seconds

CLOCK = "2025-05-01T12:00+02:00,0"
"""A month before: no move is near."""


class Home:
    """A folder the command line works in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"EVENTDAY_HOME": str(folder / "home"), "EVENTDAY_CLOCK": CLOCK}

    def __call__(self, *arguments: object, **environment: str | None) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(main, words, env=self.environment | environment)

    def file(self, agenda: Any, name: str = "agenda.yaml") -> Path:
        """Return a file of that agenda."""
        data = write_file(name, agenda, version="1.1", language=None, cancelled="omit")
        path = self.folder / name
        path.write_bytes(data)
        return path

    @property
    def database(self) -> Database:
        return Database(f"sqlite:///{self.folder}/home/eventday.db")

    def agenda(self) -> Any:
        with self.database.read() as tx:
            return load(tx, public=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def full(home: Home) -> Home:
    """Return a home with three sessions."""
    assert home("import", home.file(an_agenda())).exit_code == 0
    return home


def refused(result: Result, *words: str) -> None:
    """Hold a refusal to be one sentence of these words, without a traceback."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    assert "Traceback" not in result.output
    assert line.rstrip().endswith((".", "yaml", "run", "60", "list", "FILE")) or "--port" in line
    for word in words:
        assert word in line


def test_an_import_into_an_empty_home_creates_the_event(home: Home) -> None:
    result = home("import", home.file(an_agenda()))
    assert result.exit_code == 0
    assert result.stdout == "3 sessions, 3 speakers, 2 rooms. Publish 1.\n"
    assert [session.title["en"] for session in home.agenda().sessions] == [
        "Session 1", "Session 2", "Session 3",
    ]  # fmt: skip


def test_the_same_file_again_changes_nothing(full: Home) -> None:
    before = full.agenda()
    for options in ([], ["--apply"]):
        result = full("import", full.folder / "agenda.yaml", *options)
        assert (result.exit_code, result.stdout) == (0, "Nothing changed.\n")
    assert full.agenda() == before


def test_an_edited_file_lists_what_differs_and_waits_for_apply(full: Home) -> None:
    before = full.agenda()
    agenda = an_agenda(3)
    first = a_session(1, title={"en": "Opening"}, room_id=2, track_id=1)
    edited = full.file(an_agenda(sessions=(first, *agenda.sessions[1:], a_session(4))))
    result = full("import", edited)
    assert result.exit_code == 4
    assert "changed session 1 “Opening”: speakers, title" in result.stdout
    assert "added session" in result.stdout
    assert result.stdout.endswith(
        "1 changed, 1 added.\nNothing was changed. To apply: eventday import FILE --apply\n"
    )
    assert full.agenda() == before
    result = full("import", edited, "--apply")
    assert result.exit_code == 0
    assert "Publish 2." in result.stdout
    assert len(full.agenda().sessions) == 4
    assert full("import", edited).stdout == "Nothing changed.\n"


def test_a_removal_has_to_be_named(full: Home) -> None:
    fewer = full.file(an_agenda(sessions=an_agenda().sessions[1:]))
    gone = full.agenda().sessions[0]
    for options in ([], ["--apply"], ["--apply", "--confirm", "999,x,²"]):
        result = full("import", fewer, *options)
        assert result.exit_code == 4
        assert f"! removed session {gone.id} “Session 1”" in result.stdout
        assert f"--apply --confirm {gone.id}" in result.stdout
        assert full.agenda().sessions[0] == gone
    result = full("import", fewer, "--apply", "--confirm", f" 7, {gone.id}")
    assert result.exit_code == 0
    assert full.agenda().sessions[0].state is State.DRAFT


def test_a_move_of_what_starts_soon_has_to_be_named(full: Home) -> None:
    agenda = an_agenda()
    moved = a_session(1, guid=guid("session 1"), starts_at=OPENING, room_id=1, track_id=1,
                      speakers=agenda.sessions[0].speakers)  # fmt: skip
    file = full.file(an_agenda(sessions=(moved, *agenda.sessions[1:])))
    soon = {"EVENTDAY_CLOCK": "2025-06-03T08:30+02:00,0"}
    assert full("import", file, "--apply", **soon).exit_code == 4
    assert full("import", file, "--apply", "--confirm", "1", **soon).exit_code == 0
    assert full.agenda().sessions[0].room_id == full.agenda().rooms[0].id


def test_a_change_of_a_draft_alone_is_stored(full: Home) -> None:
    agenda = an_agenda()
    draft = a_session(9, state=State.DRAFT)
    file = full.file(an_agenda(sessions=(*agenda.sessions, draft)))
    assert full("import", file, "--apply").exit_code == 0
    assert [session.state for session in full.agenda().sessions].count(State.DRAFT) == 1


def test_something_lost_is_said_and_is_exit_code_3(home: Home) -> None:
    file = home.folder / "schedule.json"
    file.write_bytes(home.file(an_agenda(), "schedule.json").read_bytes())
    document = json.loads(file.read_bytes())
    rooms = document["schedule"]["conference"]["days"][0]["rooms"]
    broken = next(iter(rooms.values()))[0]
    broken |= {"date": "tomorrow", "start": "late"}
    file.write_text(json.dumps(document))
    result = home("import", file)
    assert result.exit_code == 3
    assert re.search(r"^lost ", result.stderr, re.MULTILINE)
    assert "1 lost." in result.stderr
    assert "2 sessions" in result.stdout


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_the_same_in_a_file_on_standard_output_and_again(
    full: Home, name: str
) -> None:
    file = full.folder / f"out.{name}"
    result = full("export", name, file)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert f"3 sessions, 3 speakers, 2 rooms to {file}, {file.stat().st_size:,} bytes" in (
        result.stderr
    )
    first = file.read_bytes()
    assert full("export", name, file).exit_code == 0
    assert file.read_bytes() == first == full("export", name).stdout_bytes
    assert full("export", name, "-").stdout_bytes == first
    assert [path.name for path in full.folder.glob(".*")] == []
    again = full("import", file)
    assert (again.exit_code, again.stdout) == (0, "Nothing changed.\n"), again.output


def test_an_export_that_cannot_be_written_is_refused(full: Home) -> None:
    refused(full("export", "agenda.yaml", full.folder / "no" / "such" / "file"), "file")
    refused(full("export", "agenda.yaml", full.folder), str(full.folder))
    refused(full("export", "agenda.yaml", full.folder / "agenda.yaml" / "x"), "agenda.yaml/x")
    refused(full("export", "agenda.yaml", "/"), "/")
    assert [path.name for path in full.folder.glob(".*")] == []


def test_a_pipe_is_written_into_and_stays_one(full: Home) -> None:
    pipe = full.folder / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    assert full("export", "agenda.ics", pipe).exit_code == 0
    reader.join()
    assert pipe.is_fifo()
    assert found == [full("export", "agenda.ics").stdout_bytes]


def test_what_is_private_is_only_in_our_own_formats(home: Home) -> None:
    agenda = an_agenda(
        0, sessions=(a_session(1), a_session(2, title={"en": "CANARY"}, state=State.DRAFT))
    )
    home("import", home.file(agenda))
    found = {name: b"CANARY" in home("export", name).stdout_bytes for name in EXPORTS[:4]}
    assert [name for name, is_there in found.items() if is_there] == ["agenda.yaml"]


def test_without_an_event_there_is_nothing_to_export_or_serve(home: Home) -> None:
    for words in (["export", "agenda.ics"], ["serve", "--port", "0"]):
        result = home(*words)
        assert result.exit_code in {1, 2}
        assert "Traceback" not in result.output
    refused(home("export", "agenda.ics"), "There is no event yet")


def test_a_token_is_printed_alone_and_works_until_it_is_revoked(home: Home) -> None:
    made = home("token", "create", "--role", "gate", "--label", "Door 1")
    assert made.exit_code == 0
    assert re.fullmatch(r"evd_[\w-]{43}\n", made.stdout)
    token = made.stdout.strip()
    assert made.stderr == ""
    with home.database.read() as tx:
        assert bearer_of(tx, token, at=to_seconds(OPENING)) == Bearer("gate", "Door 1")
    listed = home("token", "list").stdout
    match = re.fullmatch(
        r"([0-9a-f]{12})  gate  2025-05-01T10:00:00\+00:00  valid  Door 1\n", listed
    )
    assert match
    assert token[4:] not in listed
    assert home("token", "revoke", match[1]).exit_code == 0
    with home.database.read() as tx:
        assert bearer_of(tx, token, at=to_seconds(OPENING)) is None
    assert "revoked" in home("token", "list").stdout
    refused(home("token", "revoke", match[1]), match[1], "eventday token list")
    assert home("token", "create", "--role", "king").exit_code == 2


def test_a_missing_file_or_a_folder_is_refused(home: Home) -> None:
    refused(home("import", home.folder / "no.xml"), "no.xml cannot be read: No such file")
    refused(home("import", home.folder), "is no file")


HOSTILE = b"""<?xml version="1.0"?>
<!DOCTYPE schedule [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM
"file:///etc/passwd">]>
<schedule><conference><title>&b;&f;</title></conference></schedule>"""
USELESS = {
    "empty": b"",
    "blank": b" \n\n",
    "binary junk": bytes(range(256)) * 8,
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "Latin-1": "title: Łódź".encode("iso-8859-2"),
    "half a character": b"event: \xc5",
    "broken YAML": b"event: [unclosed\n  title: {",
    "YAML of another kind": b"- a\n- b\n",
    "a word": b"hello",
    "YAML that grows": b"a: &a [x, x]\nb: &b [*a, *a]\nevent: [*b, *b]\n",
    "YAML that runs": b"event: !!python/object/apply:os.system ['true']\n",
    "broken JSON": b'{"schedule": ',
    "deep JSON": b"[" * 100_000,
    "a number": b'{"schedule": 5}',
    "a list": b'{"schedule": ["conference"]}',
    "numbers": b"[1, 2, 3]",
    "null": b"[null]",
    "long number": b'{"schedule": ' + b"9" * 5000 + b"}",
    "hostile XML": HOSTILE,
    "broken XML": b"<schedule><day>",
    "another XML": b"<html><body>Sign in</body></html>",
    "UTF-16": "\ufeff<schedule/>".encode("utf-16-le"),
    "a zip": b"PK\x03\x04" + b"\x00" * 50,
    "a broken calendar": b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
}


@pytest.mark.parametrize("content", USELESS.values(), ids=USELESS.keys())
def test_a_file_of_no_use_is_refused_in_a_sentence(home: Home, content: bytes) -> None:
    file = home.folder / "agenda"
    file.write_bytes(content)
    result = home("import", file)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Error: " in result.stderr
    assert "root:" not in result.output
    assert len(result.stderr) < 2000
    with home.database.read() as tx:
        assert tx.execute(select(tables.event)).all() == []


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"EVENTDAY_CLOCK": "noon"}, "EVENTDAY_CLOCK"),
        ({"EVENTDAY_DATABASE": "mysql://localhost/x"}, "EVENTDAY_DATABASE"),
        ({"EVENTDAY_DATABASE": "postgresql+psycopg://u@localhost:port/x"}, "EVENTDAY_DATABASE"),
        ({"EVENTDAY_DATABASE": "postgresql+psycopg://u@127.0.0.1:1/x"}, "EVENTDAY_DATABASE"),
        ({"EVENTDAY_DATABASE": "sqlite:////dev/null/eventday.db"}, "/dev/null"),
        ({"EVENTDAY_HOME": "/dev/null"}, "/dev/null"),
        ({"EVENTDAY_HOME": "/dev/null/home"}, "/dev/null"),
        ({"EVENTDAY_HOME": "/proc/eventday"}, "/proc/eventday"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_in_a_sentence(
    home: Home, environment: dict[str, str], word: str
) -> None:
    refused(home("token", "list", **environment), word)


def test_a_file_that_is_no_database_is_refused_and_kept(home: Home) -> None:
    file = home.folder / "notes.txt"
    file.write_text("not a database, but dear to somebody " * 100)
    before = file.read_bytes()
    refused(home("token", "list", EVENTDAY_DATABASE=f"sqlite:///{file}"), "database")
    assert file.read_bytes() == before


def test_a_taken_port_is_refused_with_another(full: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused(full("serve", "--port", port), f"Port {port} is taken", "--port")


def test_sqlite_is_not_served_by_many(full: Home) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    refused(full("serve", "--workers", 2, "--port", port), "PostgreSQL")


def test_the_help_of_every_command_says_what_it_is_for(home: Home) -> None:
    for words in ([], ["import"], ["export"], ["serve"], ["token"], ["openapi"]):
        result = home(*words, "--help")
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) > 4
    assert home("--version").stdout.startswith("main, version ") or "version" in (
        home("--version").stdout
    )


def test_both_databases_are_worked_on_alike(database_url: str, home: Home) -> None:
    there = {"EVENTDAY_DATABASE": database_url}
    file = home.file(an_agenda())
    assert home("import", file, **there).stdout == ("3 sessions, 3 speakers, 2 rooms. Publish 1.\n")
    assert home("import", file, **there).stdout == "Nothing changed.\n"
    assert home("export", "agenda.yaml", **there).stdout_bytes == file.read_bytes()
    made = home("token", "create", "--role", "organiser", **there)
    assert len(made.stdout) == 48
