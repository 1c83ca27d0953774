"""The sandbox misbehaves as it is told, and as long; nothing else can be made to."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any
from urllib.request import urlopen

import pytest
from builders import OPENING, a_part, a_session, an_agenda, publish_agenda
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from processes import free_port
from reading import verified
from werkzeug.test import Client

from api.commands.sandbox import sandbox
from api.sandbox import REASON, Sandbox

ROOT = Path(__file__).parents[2]
HEAD = "/v1/sync/public/head"


class Pause:
    """Waits for nothing; notes for how long, and does what is to be done meanwhile."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.meanwhile()


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return a database as the sandbox has it: a file in a home of its own."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'eventday.db')}"


@pytest.fixture
def pause() -> Pause:
    return Pause()


@pytest.fixture
def phone(app: Flask, pause: Pause) -> Client:
    """Return a client of a sandbox whose second session has a keynote."""
    first, second = a_session(1), a_session(2)
    parts = (a_part(1, second, title={"en": "Welcome"}), a_part(2, second, title={"en": "Keynote"}))
    serve(app, first, a_session(2, parts=parts))
    return Client(Sandbox(app, pause=pause))


def serve(app: Flask, *sessions: Any) -> None:
    publish_agenda(app.extensions["eventday"].db, an_agenda(0, sessions=sessions))
    app.extensions["eventday"].publications.forget()


def ask(phone: Client, what: str, **fields: object) -> Any:
    answer = phone.post(f"/sandbox/{what}", data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json


def keynote(phone: Client) -> Any:
    sessions = phone.get("/v1/agenda?lang=*").json["sessions"]
    return next(p for s in sessions for p in s["parts"] if p["title"] == {"en": "Keynote"})


def test_the_next_answers_come_late(phone: Client, pause: Pause) -> None:
    assert ask(phone, "late", count=2, seconds=7)["late"] == {"count": 2, "seconds": 7}
    assert [phone.get(path).status_code for path in ("/v1/agenda", "/v1/nothing", HEAD)] == [
        200, 404, 200,
    ]  # fmt: skip
    assert pause.seconds == [7, 7]


def test_what_arrives_late_is_old(phone: Client, pause: Pause) -> None:
    pause.meanwhile = lambda: ask(phone, "cancel-keynote")
    ask(phone, "late", count=1)
    assert phone.get("/v1/agenda").json["seq"] == 1
    assert phone.get("/v1/agenda").json["seq"] == 2


def test_the_next_answers_are_unavailable(phone: Client) -> None:
    ask(phone, "unavailable", count=1, seconds=9)
    answer = phone.get("/v1/agenda", headers={"Accept-Language": "pl"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "9")
    assert answer.content_type == "application/problem+json"
    assert answer.json["title"] == "Chwilowo niedostępne"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert phone.get("/v1/agenda").status_code == 200


def test_the_next_heads_are_the_one_before(phone: Client) -> None:
    old = phone.get(HEAD).data
    ask(phone, "cancel-keynote")
    new = phone.get(HEAD).data
    assert new != old
    ask(phone, "stale-head", count=2)
    fresh = {"Cache-Control": "no-cache"}
    assert [phone.get(HEAD, headers=fresh).data, phone.get("/v1/agenda").json["seq"]] == [new, 2]
    assert [phone.get(HEAD).data for _ in range(3)] == [old, old, new]


def test_without_an_older_head_there_is_no_stale_one(phone: Client) -> None:
    answer = phone.post("/sandbox/stale-head")
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert "/sandbox/cancel-keynote" in answer.json["detail"]
    assert phone.get(HEAD).status_code == 200
    assert ask(phone, "stale-head", count=0)["stale_head"] == {"count": 0}


def test_a_new_epoch_is_known_at_once_and_signed(phone: Client) -> None:
    key = phone.get("/v1/bootstrap").json["keys"][0]["public"]
    before = verified(phone.get(HEAD).data, key)
    told = ask(phone, "new-epoch")
    after = verified(phone.get(HEAD).data, key)
    assert (after["epoch"], after["seq"]) == (told["epoch"], 1)
    assert after["epoch"] > before["epoch"]
    assert after["state"] == before["state"]
    assert phone.get("/v1/agenda").json["epoch"] == told["epoch"]
    assert ask(phone, "new-epoch")["epoch"] > told["epoch"]


def test_the_keynote_is_cancelled_once_with_a_reason_and_restored(phone: Client) -> None:
    before = keynote(phone)
    assert ask(phone, "cancel-keynote")["keynote"] == "cancelled"
    assert ask(phone, "cancel-keynote")["seq"] == 2
    assert keynote(phone) == before | {"state": "cancelled", "reason": REASON}
    assert ask(phone, "reset") == {
        "epoch": int(OPENING.timestamp()),
        "seq": 3,
        "late": {"count": 0, "seconds": 0},
        "unavailable": {"count": 0, "seconds": 0},
        "stale_head": {"count": 0},
        "keynote": "confirmed",
    }
    assert keynote(phone) == before
    changes = phone.get("/v1/changes?since=1&lang=pl").json["changes"]
    assert [(c["kind"], c["subject"], c["reason"], c["by"]) for c in changes] == [
        ("cancelled", "part", REASON["pl"], "organiser"),
        ("restored", "part", "", "organiser"),
    ]


def test_a_reset_ends_everything(phone: Client, pause: Pause) -> None:
    old = phone.get(HEAD).data
    ask(phone, "cancel-keynote")
    for what in ("late", "unavailable", "stale-head"):
        ask(phone, what, count=9)
    ask(phone, "reset")
    assert phone.get("/v1/agenda").status_code == 200
    assert phone.get(HEAD).data != old
    assert pause.seconds == []
    assert ask(phone, "reset")["seq"] == 3


def test_a_reset_leaves_what_an_organiser_cancelled(
    phone: Client, tokens: dict[str, dict[str, str]]
) -> None:
    part = keynote(phone)
    answer = phone.patch(
        f"/v1/sessions/2/parts/{part['id']}",
        json={"state": "cancelled", "reason": {"en": "Storm"}},
        headers={**tokens["organiser"], "If-Match": "*"},
    )
    assert answer.status_code == 200
    for what in ("cancel-keynote", "reset"):
        assert ask(phone, what)["seq"] == 2
    assert keynote(phone)["reason"] == {"en": "Storm"}


def test_without_a_keynote_a_plenary_is_cancelled(app: Flask, pause: Pause) -> None:
    serve(app, a_session(1), a_session(2, title={"en": "Closing plenary"}))
    phone = Client(Sandbox(app, pause=pause))
    ask(phone, "cancel-keynote")
    assert [s["state"] for s in phone.get("/v1/sessions").json["sessions"]] == [
        "confirmed", "cancelled",
    ]  # fmt: skip
    assert ask(phone, "reset")["keynote"] == "confirmed"


def test_without_either_nothing_is_cancelled(app: Flask) -> None:
    serve(app, a_session(1))
    phone = Client(Sandbox(app))
    answer = phone.post("/sandbox/cancel-keynote")
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    assert ask(phone, "reset")["keynote"] is None


NONSENSE = (
    ("GET", "/sandbox/nothing", 404, {}),
    ("POST", "/sandbox/nothing", 404, {}),
    ("POST", "/sandboxes", 404, {}),
    ("GET", "/sandbox/late", 405, {}),
    ("POST", "/sandbox", 405, {}),
    ("DELETE", "/sandbox/reset", 405, {}),
    ("POST", "/sandbox/late", 422, {"count": "many"}),
    ("POST", "/sandbox/late", 422, {"count": "-1"}),
    ("POST", "/sandbox/late", 422, {"seconds": "61"}),
    ("POST", "/sandbox/late", 422, {"second": "1"}),
    ("POST", "/sandbox/late?count=1001", 422, {}),
    ("POST", "/sandbox/stale-head", 422, {"seconds": "1"}),
    ("POST", "/sandbox/new-epoch", 422, {"epoch": "1"}),
    ("POST", "/sandbox/cancel-keynote", 422, {"reason": "x"}),
    ("POST", "/sandbox/reset", 422, {"x": ""}),
)


def test_what_makes_no_sense_is_a_problem_and_changes_nothing(phone: Client, pause: Pause) -> None:
    before = phone.get("/v1/agenda").json
    for method, path, status, fields in NONSENSE:
        answer = phone.open(path, method=method, data=fields)
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
        assert answer.json["status"] == status
    assert phone.get("/v1/agenda").json == before
    assert pause.seconds == []


def test_json_is_refused_instead_of_being_overlooked(phone: Client) -> None:
    answer = phone.post("/sandbox/late", json={"count": 1})
    assert answer.status_code == 422
    assert "form" in answer.json["detail"]


def test_the_page_has_a_button_for_everything_and_a_browser_comes_back_to_it(
    phone: Client, pause: Pause
) -> None:
    page = phone.get("/sandbox").text
    actions = re.findall(r'action="(/sandbox/[a-z-]+)"', page)
    assert len(actions) == 6
    assert "The keynote is confirmed." in page
    for action in sorted(actions):
        answer = phone.post(action, headers={"Accept": "text/html,*/*;q=0.8"})
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/sandbox")
    assert phone.get("/sandbox/").text == phone.get("/sandbox").text
    assert pause.seconds == []


def test_an_ordinary_server_has_no_sandbox(client: FlaskClient) -> None:
    for answer in (client.get("/sandbox"), client.post("/sandbox/late")):
        assert answer.status_code == 404
    assert client.get("/v1/agenda").status_code == 200


def test_the_command_serves_the_demo_on_its_day_and_leaves_nothing(tmp_path: Path) -> None:
    port = free_port()
    code = f"from api.commands.sandbox import sandbox; sandbox(['--port', '{port}'])"
    # A real event is not its business.
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(tmp_path),
        "EVENTDAY_HOME": str(tmp_path / "real"),
        "EVENTDAY_DATABASE": "postgresql+psycopg://nobody@127.0.0.1:1/real",
    }
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, env=environment, stdout=PIPE, stderr=STDOUT, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        words = "".join(server.stdout.readline() for _ in range(5))
        try:
            assert f"http://127.0.0.1:{port}/sandbox\n" in words
            token = Path(words.split()[-1])
            assert stat.S_IMODE(token.stat().st_mode) == 0o600
            with urlopen(f"http://127.0.0.1:{port}/v1/bootstrap") as answer:
                assert json.load(answer)["server_time"].startswith("2025-06-03T08:3")
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_refused_with_another() -> None:
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        result = CliRunner().invoke(sandbox, ["--port", str(port)])
    assert result.exit_code == 1
    assert f"Port {port} is taken" in result.stderr
    assert f"--port {port + 1}" in result.stderr


def test_a_home_of_another_event_is_refused_and_kept(app: Flask, tmp_path: Path) -> None:
    serve(app, a_session(1))
    handler = signal.getsignal(signal.SIGTERM)
    result = CliRunner().invoke(sandbox, ["--port", str(free_port()), "--home", str(tmp_path)])
    signal.signal(signal.SIGTERM, handler)
    assert result.exit_code == 1
    assert "holds an event of its own" in result.stderr
    assert not (tmp_path / "demo-organiser-token").exists()
    assert (tmp_path / "eventday.db").exists()
