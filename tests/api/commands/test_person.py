"""Giving out and erasing a person, down to the last byte of the home."""

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from canaries import ADA, PHONE, STRINGS, found_in, known_everywhere
from click.testing import CliRunner, Result
from sqlalchemy import text

from api.command import main
from event.database import Database, migrate
from event.people.attendees import everyone
from event.people.model import Attendee
from sync.backup import back_up

ROOT = Path(__file__).parents[3]
CLOCK = "2025-06-03T09:00+02:00,0"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home whose database knows Ada everywhere, and Jan."""
    folder = tmp_path / "home"
    db = Database(f"sqlite:///{folder}/eventday.db")
    migrate(db)
    known_everywhere(db)
    db.close()
    return folder


def person(home: Path, name: str = "Ådelaïde") -> Attendee:
    db = Database(f"sqlite:///{home}/eventday.db")
    with db.read() as tx:
        (found,) = [person for person in everyone(tx) if person.given_name == name]
    db.close()
    return found


def run(home: Path, *words: object, clock: str = CLOCK, **options: str) -> Result:
    environment = {"EVENTDAY_HOME": str(home), "EVENTDAY_CLOCK": clock}
    return CliRunner().invoke(main, list(map(str, words)), env=environment, **options)


def left_in(home: Path, *more: str) -> dict[str, set[str]]:
    """Return which of Ada's strings each file under the home holds."""
    found = {}
    for path in home.rglob("*"):
        # A server at work replaces files between the look and the reading.
        with suppress(FileNotFoundError, IsADirectoryError):
            found[path.name] = found_in(path.read_bytes(), *more)
    return {name: strings for name, strings in found.items() if strings}


def test_an_export_is_json_for_the_owners_eyes_alone(home: Path, tmp_path: Path) -> None:
    ada, file = person(home), tmp_path / "ada.json"
    assert run(home, "person", "export", ada.id, file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = json.loads(file.read_text())
    assert held["attendee"][0]["email"] == ADA.email
    again = run(home, "person", "export", ada.id, file)
    assert (again.exit_code, json.loads(file.read_text())) == (1, held)
    assert "choose another name" in again.output
    printed = json.loads(run(home, "person", "export", ada.id).stdout)
    assert printed.keys() == held.keys()


def test_nobody_is_exported_or_erased_who_is_not_there(home: Path) -> None:
    for words in (("export", 99), ("erase", 99, "--yes")):
        result = run(home, "person", *words)
        assert (result.exit_code, "There is no such attendee" in result.output) == (1, True)
    assert run(home, "person", "erase", 2**63).exit_code == 2


def test_erasing_asks_first(home: Path) -> None:
    ada = person(home)
    assert run(home, "person", "erase", ada.id, input="n\n").exit_code == 1
    assert person(home) == ada


def test_after_erasing_no_file_holds_a_string_of_theirs(home: Path) -> None:
    ada = person(home)
    assert left_in(home)["eventday.db"] == set(STRINGS)
    result = run(home, "person", "erase", ada.id, "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert left_in(home, ada.guid, PHONE) == {}
    assert not any(string in result.output for string in STRINGS)
    assert person(home, "Jan").surname == "Żak"


def test_nor_while_servers_have_the_database_open(home: Path) -> None:
    ada, port = person(home), _free_port()
    reader = Database(f"sqlite:///{home}/eventday.db")
    with reader.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM attendee")).scalar()
    watch = reader.watch()
    watch.changed()
    with _server(home, port):
        assert run(home, "person", "erase", ada.id, "--yes").exit_code == 0
        assert left_in(home, ada.guid, PHONE) == {}
        assert _is_up(port)
    watch.close()
    reader.close()


@pytest.mark.parametrize(("words", "typed", "stays"), [
    (("--yes",), "", True),
    (("--yes", "--copies"), "", False),
    ((), "y\ny\n", False),
    ((), "y\nn\n", True),
])  # fmt: skip
def test_copies_are_named_and_deleted_when_told(
    home: Path, words: tuple[str, ...], typed: str, *, stays: bool
) -> None:
    ada, copy, other = person(home), home / "before-restore-1-1-1.db", home / "notes.txt"
    db = Database(f"sqlite:///{home}/eventday.db")
    back_up(db, copy)
    db.close()
    other.write_text("Żak")
    result = run(home, "person", "erase", ada.id, *words, input=typed)
    assert result.exit_code == 0
    assert str(copy) in result.output
    assert str(other) not in result.output
    assert (copy.exists(), other.exists()) == (stays, True)
    assert ("Still holds them" in result.output) == stays
    assert set(left_in(home, ada.guid)) == ({copy.name} if stays else set())


def test_lists_and_badges_in_the_home_are_named_and_not_deleted(home: Path) -> None:
    ada = person(home)
    lists = [home / "people.csv", home / "links.csv", home / "badges.pdf"]
    lists[0].write_text(f"{ada.given_name},{ada.surname}\n")
    lists[1].write_text(f"x,{ada.email}\n")
    lists[2].write_bytes(b"%PDF packed")
    (home / "other.csv").write_text("somebody else\n")
    result = run(home, "person", "erase", ada.id, "--yes", "--copies")
    said = [path for path in [*lists, home / "other.csv"] if str(path) in result.output]
    assert said == lists
    assert all(path.exists() for path in lists)


def test_purging_says_how_much_ended_and_leaves_no_byte_of_it(home: Path) -> None:
    before = run(home, "purge")
    assert (before.exit_code, before.stdout) == (0, "")
    later = "2026-07-01T00:00+02:00,0"
    dry = run(home, "purge", "--dry-run", clock=later)
    assert "needs: 2\n" in dry.stdout
    assert person(home).email == ADA.email
    assert run(home, "purge", clock=later).stdout == dry.stdout
    assert left_in(home) == {}
    assert set(run(home, "purge", clock=later).stdout.split()[1::2]) == {"0"}


def test_the_server_purges_by_itself(home: Path) -> None:
    port = _free_port()
    with _server(home, port, clock="2026-07-01T00:00+02:00,0"):
        pause = threading.Event()
        for _ in range(300):
            if not left_in(home):
                break
            pause.wait(0.1)
        assert left_in(home) == {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _server(home: Path, port: int, clock: str = CLOCK) -> Iterator[None]:
    environment = {"PATH": os.environ["PATH"], "EVENTDAY_HOME": str(home), "EVENTDAY_CLOCK": clock}
    command = [sys.executable, "-m", "api.command", "serve", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        pause = threading.Event()
        for _ in range(300):
            if _is_up(port):
                break
            assert server.poll() is None, "the server ended"
            pause.wait(0.1)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)
