"""How real agendas change, replayed: each change an edit, and what flips back in the hold unheard.

The recorded histories lie beside the project, or a made one of the same shapes takes their place.
"""

import dataclasses
import json
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import a_room, a_session, an_agenda, an_event, guid, publish_agenda

from event.agenda.model import Agenda, State
from event.agenda.operations.kinds import Cancel, Move, Operation, Restore
from event.agenda.rows import load
from event.agenda.undo import undo
from event.database import Database
from sync.edits import Edits
from sync.holds import edit_with_held, hold, holds
from sync.publish import publish, read_clock

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "changes.jsonl"
MADE = [
    {"guid": "a", "type": "time", "from": ("10:00", "Hall"), "to": ("11:00", "Hall")},
    {"guid": "b", "type": "room", "from": ("10:00", "Hall"), "to": ("10:00", "Aula")},
    {"guid": "a", "type": "time", "from": ("11:00", "Hall"), "to": ("10:00", "Hall")},
    {"guid": "b", "type": "cancelled", "from": ("10:00", "Aula"), "to": None},
    {"guid": "b", "type": "reappeared", "from": None, "to": ("12:00", "Hall")},
]
WHO = "organiser/test"


def recorded(event: str) -> list[dict[str, Any]]:
    """Return the first changes of one recorded event, in our own words."""
    if not RECORDED.exists():
        return []
    lines = (json.loads(line) for line in RECORDED.read_text().splitlines())
    return [line for line in lines if line["event"] == event and line["type"] != "new"][:60]


def made() -> list[dict[str, Any]]:
    def place(pair: tuple[str, str] | None) -> dict[str, str] | None:
        return pair and {"start": f"2025-06-03T{pair[0]}:00+02:00", "room": pair[1]}

    return [
        {**line, "from": place(line["from"]), "to": place(line["to"])}  # type: ignore[arg-type]
        for line in MADE
    ]


HISTORIES = {"made": made()} | {
    event: found for event in ("34C3", "35C3", "36C3", "JEV22") if (found := recorded(event))
}


def agenda_before(lines: list[dict[str, Any]]) -> Agenda:
    """Return an agenda in which each of these changes finds its session."""
    places = [p for line in lines for p in (line["from"], line["to"]) if p]
    rooms = {name: a_room(n) for n, name in enumerate(sorted({p["room"] for p in places}), 1)}
    firsts: dict[str, dict[str, str]] = {}
    for line in lines:
        firsts.setdefault(line["guid"], line["from"] or line["to"])
    starts = [datetime.fromisoformat(place["start"]) for place in places]
    sessions = []
    for number, (name, place) in enumerate(firsts.items(), 1):
        start = datetime.fromisoformat(place["start"])
        sessions.append(
            a_session(number, guid=guid(name), room_id=rooms[place["room"]].id,
                      starts_at=start, ends_at=start + timedelta(minutes=30))
        )  # fmt: skip
    first, last = min(starts).date(), max(starts).date()
    event = an_event(starts_on=first - timedelta(days=1), ends_on=last + timedelta(days=1))
    return an_agenda(event=event, rooms=tuple(rooms.values()), sessions=tuple(sessions))


def operations(line: dict[str, Any], agenda: Agenda, rooms: dict[str, int]) -> list[Operation]:
    """Return what an organiser would send for a change of the history."""
    session = next(s for s in agenda.sessions if s.guid == guid(line["guid"]))
    if line["to"] is None:
        return [] if session.state is State.CANCELLED else [Cancel(session=session.id)]
    found: list[Operation] = []
    if session.state is State.CANCELLED:
        found.append(Restore(session=session.id))
    start = datetime.fromisoformat(line["to"]["start"])
    found.append(Move(session=session.id, starts_at=start, room=rooms[line["to"]["room"]]))
    return found


def placed(agenda: Agenda) -> dict[str, tuple[Any, ...]]:
    return {s.guid: (s.starts_at, s.room_id, s.state) for s in agenda.sessions}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_is_replayed_edit_by_edit_and_undone_to_its_beginning(
    name: str, sqlite_template: Path, tmp_path: Path
) -> None:
    lines = HISTORIES[name]
    shutil.copy(sqlite_template, tmp_path / "eventday.db")
    db = Database(f"sqlite:///{tmp_path / 'eventday.db'}")
    agenda = publish_agenda(db, agenda_before(lines))
    names = sorted({p["room"] for line in lines for p in (line["from"], line["to"]) if p})
    rooms = {name: room.id for name, room in zip(names, agenda.rooms, strict=True)}
    at = datetime.fromisoformat("2017-01-01T00:00:00+00:00")
    expected = placed(agenda)
    for line in lines:
        with db.read() as tx:
            wanted = operations(line, load(tx, public=False), rooms)
        if not wanted:
            continue
        edits = Edits(operations=wanted, at=at)
        publish(db, lambda tx, e=edits: edit_with_held(tx, e, at=at), at=at, by=WHO)  # type: ignore[misc]
        start, room, state = expected[guid(line["guid"])]
        if line["to"] is None:
            state = State.CANCELLED
        else:
            start, room = datetime.fromisoformat(line["to"]["start"]), rooms[line["to"]["room"]]
            state = State.CONFIRMED
        expected[guid(line["guid"])] = (start, room, state)
    with db.read() as tx:
        assert placed(load(tx, public=False)) == expected
        last = read_clock(tx).seq
    for seq in range(last, 1, -1):
        publish(db, lambda tx, s=seq: undo(tx, s, at=at), at=at, by=WHO)  # type: ignore[misc]
    with db.read() as tx:
        assert placed(load(tx, public=False)) == placed(agenda)
    db.close()


@pytest.mark.parametrize("name", HISTORIES)
def test_what_flips_back_within_the_hold_is_never_published(
    name: str, sqlite_template: Path, tmp_path: Path
) -> None:
    lines = [line for line in HISTORIES[name] if line["type"] in {"time", "room"}][:40]
    shutil.copy(sqlite_template, tmp_path / "eventday.db")
    db = Database(f"sqlite:///{tmp_path / 'eventday.db'}")
    agenda = publish_agenda(db, agenda_before(lines))
    names = sorted({p["room"] for line in lines for p in (line["from"], line["to"]) if p})
    rooms = {name: room.id for name, room in zip(names, agenda.rooms, strict=True)}
    at = datetime.fromisoformat("2017-01-01T00:00:00+00:00")
    at_first = {session.guid: session for session in agenda.sessions}
    for number, line in enumerate(lines):
        session = at_first[guid(line["guid"])]
        there = operations(line, agenda, rooms)
        back = [dataclasses.replace(
            there[0], starts_at=session.starts_at, room=session.room_id  # type: ignore[call-arg]
        )]  # fmt: skip
        for half, wanted in enumerate((there, back)):
            with db.write() as tx:
                hold(tx, f"{number}/{half}", Edits(operations=wanted, at=at),
                     due=at + timedelta(minutes=2), by=WHO, digest="")  # fmt: skip
    with db.read() as tx:
        assert holds(tx) == []
        assert read_clock(tx).seq == 1
        assert load(tx, public=False) == agenda
    db.close()


def test_the_made_history_is_always_there() -> None:
    assert HISTORIES["made"]
    assert agenda_before(HISTORIES["made"]).event.starts_on == date(2025, 6, 2)
