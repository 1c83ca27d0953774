"""Giving out and erasing a person, down to the last byte of the home."""

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest
from canaries import ADA, PHONE, STRINGS, found_in, known_everywhere
from click.testing import CliRunner, Result
from packed import contents, sealed, searchable
from processes import free_port, is_open, wait_for
from sqlalchemy import text

from api.app import close, create_app, service_of
from api.command import main
from api.settings import from_environment
from api.worker import SCRUB_AGAIN, Worker
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
    ada, port = person(home), free_port()
    reader = Database(f"sqlite:///{home}/eventday.db")
    with reader.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM attendee")).scalar()
    watch = reader.watch()
    watch.changed()
    with _server(home, port):
        assert run(home, "person", "erase", ada.id, "--yes").exit_code == 0
        assert left_in(home, ada.guid, PHONE) == {}
        assert is_open(port)
    watch.close()
    reader.close()


@pytest.mark.parametrize(("words", "typed", "is_done"), [
    (("--yes",), "", False),
    ((), "y\nn\n", False),
    (("--yes", "--copies"), "", True),
    ((), "y\ny\n", True),
])  # fmt: skip
def test_nothing_is_erased_while_a_copy_lies_in_the_home(
    home: Path, words: tuple[str, ...], typed: str, *, is_done: bool
) -> None:
    ada, copy, other = person(home), home / "before-restore-1-1-1.db", home / "notes.txt"
    db = Database(f"sqlite:///{home}/eventday.db")
    back_up(db, copy)
    db.close()
    other.write_text("Żak")
    (home / "badges.pdf").write_bytes(b"%PDF-1.4")
    result = run(home, "person", "erase", ada.id, *words, input=typed)
    assert f"Holds them: {copy}\n" in result.stderr
    assert f"Cannot be searched, may hold them: {home}/badges.pdf\n" in result.stderr
    assert str(other) not in result.stderr
    assert other.exists()
    assert (result.exit_code, copy.exists()) == ((0, False) if is_done else (1, True))
    assert ("Nothing was erased: move" in result.stderr) is not is_done
    if is_done:
        assert left_in(home, ada.guid) == {}
    else:
        assert person(home) == ada


def test_after_erasing_nothing_packed_in_the_home_holds_a_string_of_theirs(
    home: Path, tmp_path: Path
) -> None:
    ada = person(home)
    files = searchable(ada, tmp_path) | sealed(ada)
    for name, content in files.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(content)
    (home / "other.csv").write_text("somebody else\n")
    assert run(home, "person", "erase", ada.id, "--yes").exit_code == 1
    assert set(files) <= {str(path.relative_to(home)) for path in home.rglob("*")}
    result = run(home, "person", "erase", ada.id, "--yes", "--copies")
    assert result.exit_code == 0
    assert (home / "other.csv").exists()
    left = [path for path in home.rglob("*") if path.is_file()]
    assert not any(
        found_in(content, ada.guid, PHONE) for p in left for content in contents(p.read_bytes())
    )
    assert not set(files) & {str(path.relative_to(home)) for path in left}


def test_a_copy_that_cannot_be_deleted_stops_the_erasing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = person(home)
    (home / "links.csv").write_text(ada.email)

    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "unlink", refuse)
    result = run(home, "person", "erase", ada.id, "--yes", "--copies")
    assert (result.exit_code, "cannot be deleted" in result.stderr) == (1, True)
    assert person(home) == ada


def test_nothing_of_people_is_written_into_the_home(home: Path, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(home)
    for words in (
        ("person", "export", 1),
        ("attendees", "export"),
        ("attendees", "links", "--server", "https://event.example.org"),
        ("attendees", "import"),
        ("badges", "print"),
        ("badges", "print", "--find-list"),
        ("badges", "reprint", 1),
        ("badges", "lost", 1),
        ("badges", "print", "--separate"),
    ):
        for folder in (home, home / "more", tmp_path / "way"):
            result = run(home, *words, folder / "people.pdf")
            assert (result.exit_code, "lies in EVENTDAY_HOME" in result.stderr) == (2, True), words
    assert not list(home.rglob("people.pdf"))


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
    port = free_port()
    with _server(home, port, clock="2026-07-01T00:00+02:00,0"):
        pause = threading.Event()
        for _ in range(300):
            if not left_in(home):
                break
            pause.wait(0.1)
        assert left_in(home) == {}


def test_what_a_server_purged_leaves_the_files_once_nobody_is_in_the_way(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event.database.BUSY_TIMEOUT", 0)
    monkeypatch.setenv("EVENTDAY_HOME", str(home))
    monkeypatch.setenv("EVENTDAY_CLOCK", "2026-07-01T00:00+02:00,0")
    app = create_app(from_environment())
    service = service_of(app)
    worker = Worker(service)
    with service.db.read() as tx:
        everyone(tx)
        assert "purge" not in worker.tick()
    assert left_in(home) != {}
    again = monotonic() + SCRUB_AGAIN
    monkeypatch.setattr("api.worker.monotonic", lambda: again)
    assert "purge" in worker.tick()
    assert "purge" not in worker.tick()
    close(app)
    assert left_in(home) == {}


@contextmanager
def _server(home: Path, port: int, clock: str = CLOCK) -> Iterator[None]:
    environment = {"PATH": os.environ["PATH"], "EVENTDAY_HOME": str(home), "EVENTDAY_CLOCK": clock}
    command = [sys.executable, "-m", "api.command", "serve", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)
