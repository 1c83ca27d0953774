"""The words of a message: what changed, from what to what, and why, in somebody's language."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select

from event import tables
from event.errors import NotFound
from event.text import Text, parse, pick
from event.times import from_seconds, zone

MOST = 8
"""Changes that a message spells out; of more it says how many."""

Words = tuple[str, str]
"""Title and body."""


@dataclass(frozen=True, slots=True)
class Wording:
    """All that the messages of one publish may have to name: changes by number, things by id."""

    timezone: str
    languages: Sequence[str]
    changes: Mapping[int, Mapping[str, Any]]
    sessions: Mapping[int, Any]
    parts: Mapping[int, Any]
    rooms: Mapping[int, Any]
    speakers: Mapping[int, Any]
    announcements: Mapping[int, Any]

    def words(self, numbers: Sequence[int], language: str) -> Words:
        """Return title and body about changes, in the event's language where we have no words."""
        known = _words()
        wanted = (language.partition("-")[0], *self.languages)
        own = next((one for one in wanted if one in known), "en")
        lines = [_Lines(self, known[own], language).of(self.changes[number]) for number in numbers]
        if len(lines) == 1:
            return lines[0]
        said = [". ".join(filter(None, line)) for line in lines[:MOST]]
        if len(lines) > MOST:
            said.append(known[own]["more"].format(count=len(lines) - MOST))
        return known[own]["several"].format(count=len(lines)), "\n".join(said)


def wording_of(db: Connection, epoch: int, seq: int) -> Wording:
    """Return what the messages of a publish name. Raises NotFound without an event."""
    event = db.execute(select(tables.event.c.timezone, tables.event.c.languages)).first()
    if event is None:
        raise NotFound("Nothing is published yet; import an agenda.", code="no-event")
    rows = db.execute(_CHANGES, {"epoch": epoch, "seq": seq}).mappings()
    changes = {
        row["number"]: dict(row) | {side: parse(row[side]) for side in ("old", "new", "reason")}
        for row in rows
    }
    values = [side for row in changes.values() for side in (row["old"], row["new"])]
    sessions = _named(db, tables.session, (row["session_id"] for row in changes.values()))
    rooms = [value.get("room_id") for value in values] + [one.room_id for one in sessions.values()]
    speakers = [one for value in values for one in value.get("speaker_ids", ())]

    def subjects(name: str) -> list[int]:
        return [row["subject_id"] for row in changes.values() if row["subject"] == name]

    return Wording(
        timezone=event.timezone,
        languages=parse(event.languages),
        changes=changes,
        sessions=sessions,
        parts=_named(db, tables.part, subjects("part")),
        rooms=_named(db, tables.room, rooms),
        speakers=_named(db, tables.speaker, speakers),
        announcements=_named(db, tables.announcement, subjects("announcement")),
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """Writes one change."""

    of_publish: Wording
    known: Mapping[str, Any]
    language: str

    def of(self, change: Mapping[str, Any]) -> Words:
        """Return its title and body."""
        if change["subject"] == "announcement":
            row = self.of_publish.announcements.get(change["subject_id"])
            title = parse(row.title) if row else change["new"].get("title", {})
            return self._pick(title), self._pick(parse(row.body)) if row else ""
        title = f"{self.known[change['kind']]}: {self._title(change)}"
        place = self._speakers(change) if change["kind"] == "speakers" else self._place(change)
        return title, ". ".join(filter(None, (place, self._pick(change["reason"]).rstrip("."))))

    def _title(self, change: Mapping[str, Any]) -> str:
        session = self.of_publish.sessions.get(change["session_id"])
        # What is gone may be there still, for others or as a draft, under words of its own.
        if change["subject"] == "session" and change["kind"] == "removed":
            session = None
        names = [self._pick(parse(session.title))] if session else []
        if change["subject"] == "part":
            part = self.of_publish.parts.get(change["subject_id"])
            names.append(self._pick(parse(part.title) if part else change["old"].get("title", {})))
        elif not names:
            names.append(self._pick(change["old"].get("title", {})))
        return " – ".join(filter(None, names))

    def _place(self, change: Mapping[str, Any]) -> str:
        """Return when and where it was, and is now where that is another."""
        things = self.of_publish.parts if change["subject"] == "part" else self.of_publish.sessions
        row = None if change["kind"] == "removed" else things.get(change["subject_id"])
        old, new = change["old"], change["new"]
        now = new if "starts_at" in new else {"starts_at": row.starts_at} if row else old
        times = self._between(old.get("starts_at"), now.get("starts_at"))
        if "starts_at" not in new and new.get("ends_at"):
            until = self._between(old.get("ends_at"), new["ends_at"])
            times = f"{times}, {self.known['until']} {until}"
        if "room_id" in new:
            rooms = f"{self._room(old.get('room_id'))} → {self._room(new['room_id'])}"
        else:
            number = old.get("room_id") or getattr(row, "room_id", None)
            rooms = self._room(number) if number else ""
        return ", ".join(filter(None, (times, rooms)))

    def _speakers(self, change: Mapping[str, Any]) -> str:
        gone, come = (
            ", ".join(
                one.name
                for number in change[side].get("speaker_ids", ())
                if (one := self.of_publish.speakers.get(number))
            )
            for side in ("old", "new")
        )
        return " → ".join(filter(None, (gone, come)))

    def _room(self, number: int | None) -> str:
        row = self.of_publish.rooms.get(number or 0)
        return self._pick(parse(row.name)) if row else str(self.known["nowhere"])

    def _between(self, old: int | None, new: int | None) -> str:
        """Return one moment, or two; the second has a day only where that is another."""
        first = old if old is not None else new
        if first is None:
            return ""
        day, clock = self._moment(first)
        if new is None or new == first:
            return f"{day} {clock}"
        other, then = self._moment(new)
        return f"{day} {clock} → {then if other == day else f'{other} {then}'}"

    def _moment(self, seconds: int) -> tuple[str, str]:
        local = from_seconds(seconds).astimezone(zone(self.of_publish.timezone))
        return f"{local.day} {self.known['months'][local.month - 1]}", f"{local:%H:%M}"

    def _pick(self, text: Text) -> str:
        return pick(text, (self.language, *self.of_publish.languages))[0]


def _named(db: Connection, table: Table, numbers: Any) -> dict[int, Any]:
    """Return the rows of a table that are named, by id."""
    wanted = sorted({number for number in numbers if number})
    found = {}
    for start in range(0, len(wanted), 1_000):
        some = {"wanted": wanted[start : start + 1_000]}
        for row in db.execute(_BY_ID[table], some):
            found[row.id] = row
    return found


@cache
def _words() -> dict[str, Any]:
    known: dict[str, Any] = json.loads((files(__package__) / "wording.json").read_text("utf-8"))
    return known


_NAMES = {
    tables.session: ("title", "starts_at", "room_id"),
    tables.part: ("title", "starts_at"),
    tables.room: ("name",),
    tables.speaker: ("name",),
    tables.announcement: ("title", "body"),
}
_BY_ID = {
    table: select(table.c.id, *(table.c[name] for name in names)).where(
        table.c.id.in_(bindparam("wanted", expanding=True))
    )
    for table, names in _NAMES.items()
}
_CHANGES = select(tables.change).where(
    tables.change.c.epoch == bindparam("epoch"), tables.change.c.seq == bindparam("seq")
)
