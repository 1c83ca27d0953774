"""The five crises of docs/changes.md: one call, and phones, screens, calendars, changes have it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING
from desk import a_desk
from entrance import Server
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from api.app import service_of
from event import tables
from event.agenda.importing import import_agenda
from event.formats.agenda_yaml.read import read
from sync.phone import Phone
from sync.publish import publish
from sync.transport import Http

ROOT = Path(__file__).parents[2]
WHY = {"en": "The train stands still", "pl": "Pociąg stoi"}


@dataclass(slots=True)
class Day:
    """An organiser, and a phone that follows over HTTP."""

    client: FlaskClient
    organiser: dict[str, str]
    phone: Phone
    server: Server

    def edit(self, *operations: dict[str, Any]) -> dict[str, Any]:
        """Publish a list of operations with a reason; the phone hears of it."""
        body = {"operations": list(operations), "reason": WHY}
        seen = self.client.post("/v1/agenda/edits", json=body | {"dry_run": True},
                                headers=self.organiser)  # fmt: skip
        done = self.client.post("/v1/agenda/edits", json=body, headers=self.organiser)
        assert done.status_code == 200, done.text
        assert seen.get_json()["changes"] == done.get_json()["changes"]
        answer: dict[str, Any] = done.get_json()
        return answer

    def on_phone(self, number: int) -> dict[str, Any]:
        """Return a session as the phone has it after it asked."""
        assert self.phone.sync().outcome == "updated"
        return dict(self.phone.rows["session", number])

    def sessions(self) -> list[dict[str, Any]]:
        """Return the sessions in their order."""
        found: list[dict[str, Any]] = self.client.get("/v1/sessions").get_json()["sessions"]
        return found

    def screen(self, room: int) -> str:
        """Return what stands beside a room's door."""
        return self.client.get(f"/v1/rooms/{room}/screen").text

    def calendar(self) -> str:
        """Return the event as calendars have it."""
        return self.client.get("/agenda.ics").text.replace("\r\n ", "")


@pytest.fixture
def day(
    app: Flask, client: FlaskClient, tokens: dict[str, dict[str, str]], tmp_path: Path
) -> Iterator[Day]:
    assert client.get("/v1/event").status_code == 200
    server = Server(app)
    server.start()
    address = Http(f"http://127.0.0.1:{server.port}/v1/", timeout=5)
    phone = Phone(tmp_path / "phone", address, boot="b", monotonic=lambda: 50.0)
    assert phone.sync().outcome == "snapshot"
    yield Day(client, tokens["organiser"], phone, server)
    service_of(app).live.close()
    server.stop()


def test_a_keynote_falls_out(day: Day, app: Flask) -> None:
    a_desk(app)
    _, keynote, other = day.sessions()
    publish = day.client.patch(
        f"/v1/sessions/{keynote['id']}",
        json={"audience": ["everyone"]},
        headers=day.organiser | {"If-Match": "*"},
    )
    assert publish.status_code == 200, publish.text
    said = day.edit({"op": "cancel", "session": keynote["id"], "replaced_by": other["id"]})
    assert {change["kind"] for change in said["changes"]} == {"cancelled"}
    with service_of(app).db.read() as db:
        people = db.execute(select(func.count()).select_from(tables.attendee)).scalar_one()
    assert said["told"]["by_reason"]["everyone"] == said["told"]["people"] == people > 1
    assert day.on_phone(keynote["id"])["state"] == "cancelled"
    assert WHY["en"] in day.screen(keynote["room_id"])
    assert "STATUS:CANCELLED" in day.calendar()


def test_everything_is_twenty_minutes_late(day: Day) -> None:
    before = day.sessions()
    said = day.edit({"op": "delay", "all": True, "minutes": 20})
    assert {change["session_id"] for change in said["changes"]} == {one["id"] for one in before}
    starts = {one["id"]: one["starts_at"][11:16] for one in day.sessions()}
    assert [starts[one["id"]] for one in before][1:] == ["10:20", "11:20"]
    day.on_phone(before[1]["id"])
    assert "10:20" in day.screen(before[1]["room_id"])
    assert "T102000" in day.calendar() or "T082000Z" in day.calendar()


def test_a_room_closes(day: Day) -> None:
    _, there, elsewhere = day.sessions()
    closed, to = there["room_id"], elsewhere["room_id"]
    day.edit({"op": "room_closed", "room": closed, "to": to})
    assert day.on_phone(there["id"])["room_id"] == to
    assert there["title"] in day.screen(to)
    assert there["title"] in day.screen(closed)
    assert all(one["room_id"] == to for one in day.sessions())


def test_evacuation_and_back(day: Day) -> None:
    first = day.sessions()[0]
    leave = {"en": "Leave the building now", "pl": "Opuść budynek"}
    day.edit(
        {"op": "suspend", "all": True},
        {"op": "announce", "title": leave, "severity": "urgent"},
    )
    assert day.on_phone(first["id"])["state"] == "suspended"
    assert {one["state"] for one in day.sessions()} == {"suspended"}
    assert any(leave["en"] in str(row) for key, row in day.phone.rows.items()
               if key[0] == "announcement")  # fmt: skip
    assert "Interrupted" in day.screen(first["room_id"])
    day.edit({"op": "resume", "all": True})
    assert day.on_phone(first["id"])["state"] == "confirmed"


def test_the_network_dies(day: Day) -> None:
    _, second, _ = day.sessions()
    day.server.stop()
    assert day.phone.sync().outcome == "unreachable"
    assert day.phone.rows["session", second["id"]]["state"] == "confirmed"
    paper = day.client.get("/v1/rooms/sheets.pdf")
    assert paper.data.startswith(b"%PDF")
    day.edit({"op": "cancel", "session": second["id"]})
    day.server.start()
    assert day.on_phone(second["id"])["state"] == "cancelled"


def calls(document: str) -> list[dict[str, Any]]:
    """Return the bodies of a document in their order; an operation alone is a list of one."""
    blocks = re.findall(r"^    \{(?:.+\n    )*.+\}$|`\{[^`]+\}`", document, re.MULTILINE)
    found = [json.loads(block.strip().strip("`")) for block in blocks]
    return [one if "operations" in one else {"operations": [one]} for one in found]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_call_of_the_document_is_done_on_the_demo_event_as_it_stands(
    app: Flask, tokens: dict[str, dict[str, str]]
) -> None:
    folder = ROOT / "examples" / "rzeszow"
    demo = read((folder / "agenda.yaml").read_bytes(), folder=folder)
    service = service_of(app)
    publish(service.db, partial(import_agenda, imported=demo, at=OPENING), at=OPENING, by="demo")
    service.publications.forget()
    bodies = calls((ROOT / "docs" / "changes.md").read_text())
    names = [one["op"] for body in bodies for one in body["operations"]]
    assert names == ["cancel", "cancel", "restore", "replace_speaker", "delay", "delay",
                     "room_closed", "suspend", "announce", "resume"]  # fmt: skip
    for body in bodies:
        done = app.test_client().post("/v1/agenda/edits", json=body, headers=tokens["organiser"])
        assert done.status_code == 200, done.text
        assert done.get_json()["changes"], body
