"""The agenda on paper: a sheet for each room's door, and what changed, for the help desk."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from badges.face import Occasion
from badges.table import Column, Table, draw
from event.agenda.model import Agenda, Room, Session, State
from event.text import pick
from event.times import event_day, from_seconds, zone

_SHEET = {
    "en": ("Time", "Session", "Speakers"),
    "pl": ("Godzina", "Sesja", "Prelegenci"),
}
_CHANGES = {
    "en": ("What changed", "Known at", "Session", "Was", "Is now", "Why"),
    "pl": ("Co się zmieniło", "Ogłoszono", "Sesja", "Było", "Jest", "Dlaczego"),
}
_STATES = {
    State.CANCELLED: {"en": "CANCELLED", "pl": "ODWOŁANE"},
    State.SUSPENDED: {"en": "INTERRUPTED", "pl": "PRZERWANE"},
}
_KINDS = {
    "added": {"en": "new", "pl": "nowe"},
    "removed": {"en": "removed", "pl": "usunięte"},
    "cancelled": {"en": "cancelled", "pl": "odwołane"},
    "suspended": {"en": "interrupted", "pl": "przerwane"},
    "resumed": {"en": "goes on", "pl": "wznowione"},
    "restored": {"en": "takes place after all", "pl": "jednak się odbędzie"},
    "speakers": {"en": "other speakers", "pl": "inni prelegenci"},
}
"""Changes that a list tells, beside moves; of texts it does not."""
_DOOR, _DESK = (14.0, 13.0), (9.0, 9.0)
"""Rows in millimetres and letters in points: on a door they are read from a metre."""


def room_sheets(agenda: Agenda, rooms: Iterable[Room], occasion: Occasion) -> bytes:
    """Return a PDF with a page for each room and event day: times, titles, speakers.

    What is cancelled or interrupted says so. Words are Polish or English, texts in the language of
    the occasion or the next best.
    """
    tz = zone(agenda.event.timezone)
    words = _SHEET.get(occasion.language, _SHEET["en"])
    columns = [Column(words[0], 19, bold=True), Column(words[1], 51), Column(words[2], 30)]
    names = {speaker.id: speaker.name for speaker in agenda.speakers}
    tables = []
    for room in rooms:
        here = [one for one in agenda.sessions if one.room_id == room.id]
        for day in sorted({event_day(one.starts_at, tz) for one in here}):
            shown = sorted(
                (one for one in here if event_day(one.starts_at, tz) == day),
                key=lambda one: (one.starts_at, one.id),
            )
            rows = [
                (
                    f"{one.starts_at.astimezone(tz):%H:%M}–{one.ends_at.astimezone(tz):%H:%M}",
                    _title(one, occasion.language),
                    ", ".join(names[role.speaker_id] for role in one.speakers),
                )
                for one in shown
            ]
            name = pick(room.name, [occasion.language])[0]
            tables.append(Table(f"{name} · {day:%d.%m.%Y}", columns, rows, *_DOOR))
    return draw(tables or [Table("–", columns, [])], occasion)


def change_list(agenda: Agenda, changes: Sequence[Mapping[str, Any]], occasion: Occasion) -> bytes:
    """Return a PDF that lists changes, newest first: what it was, what it is now, and why.

    `changes` are records with `kind`, `session_id`, `old`, `new`, `reason` as objects and `at`.
    """
    tz = zone(agenda.event.timezone)
    words = _CHANGES.get(occasion.language, _CHANGES["en"])
    shares = (13, 31, 17, 17, 22)
    columns = [
        Column(word, share, bold=share == 31) for word, share in zip(words[1:], shares, strict=True)
    ]
    sessions = {one.id: one for one in agenda.sessions}
    rooms = {room.id: pick(room.name, [occasion.language])[0] for room in agenda.rooms}

    def place(values: Mapping[str, Any]) -> str:
        start = values.get("starts_at")
        when = f"{from_seconds(start).astimezone(tz):%d.%m. %H:%M}" if start else ""
        return " ".join(part for part in (when, rooms.get(values.get("room_id") or 0, "")) if part)

    rows = []
    for row in changes:
        session = sessions.get(row["session_id"])
        if row["kind"] != "moved" and row["kind"] not in _KINDS:
            continue
        title = session.title if session else row["new"].get("title") or row["old"].get("title")
        kind = "" if row["kind"] == "moved" else pick(_KINDS[row["kind"]], [occasion.language])[0]
        rows.append(
            (
                f"{from_seconds(row['at']).astimezone(tz):%d.%m. %H:%M}",
                pick(title or {}, [occasion.language])[0],
                place(row["old"]),
                kind or place(row["new"]),
                pick(row["reason"], [occasion.language])[0],
            )
        )
    return draw([Table(words[0], columns, rows, *_DESK)], occasion)


def _title(session: Session, language: str) -> str:
    title = pick(session.title, [language])[0]
    state = _STATES.get(session.state)
    return f"{pick(state, [language])[0]}: {title}" if state else title
