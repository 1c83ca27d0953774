"""Assembles an agenda from the loose pieces of a file: finds what was seen before, repairs clashes.

It knows no format; every importer feeds it and it notes each repair in the report.
"""

import dataclasses
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from event.agenda.model import (
    Agenda,
    Event,
    Room,
    Session,
    SessionType,
    Speaker,
    Track,
    guid_of,
)
from event.errors import Invalid
from event.formats.imported import MAX_SESSIONS, Report
from event.text import LANGUAGE, Text, clean, fold, pick
from event.times import EARLIEST, LATEST, event_day, zone

LONGEST = timedelta(days=31)
_DURATION = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?::\d{2})?")


class Builder:
    """Collects rooms, tracks, types, speakers and sessions of one file, in the order they come."""

    def __init__(self, report: Report, *, source: str, language: str) -> None:
        self.report = report
        self.source = source
        self.language = language
        self._rooms: dict[str, Room] = {}
        self._tracks: dict[str, Track] = {}
        self._types: dict[str, SessionType] = {}
        self._speakers: dict[str, Speaker] = {}
        self._sessions: list[Session] = []
        self._room_guids: set[str] = set()
        self._speaker_guids: set[str] = set()
        self._guids: dict[str, Session] = {}
        self._source_ids: set[str] = set()
        self._slugs: set[str] = set()

    def text(self, value: str | Text | None, language: str = "") -> dict[str, str]:
        """Return a `Text` of one string in the given or the file's language, or of a mapping."""
        if not value:
            return {}
        pairs = {language or self.language: value} if isinstance(value, str) else value
        cleaned = {tag: clean(words) for tag, words in pairs.items() if words}
        return {tag: cleaned[tag] for tag in sorted(cleaned) if cleaned[tag]}

    def language_of(self, value: str | None, where: str = "") -> str:
        """Return a language tag as we take it; "" (reported if `where` is given) for none."""
        tag = (value or "").strip().replace("_", "-")
        base, *rest = tag.split("-")
        tag = "-".join([base.lower(), *(part.upper() for part in rest if len(part) == 2)])
        if LANGUAGE.fullmatch(tag):
            return tag
        if tag and where:
            self.report.lost(where, f"“{value}” is no language tag", "left out")
        return ""

    def guid(self, value: str | None, source_id: str, where: str) -> str:
        """Return a GUID in its usual form; a missing or broken one is made from the id."""
        if value:
            try:
                return str(UUID(value.strip()))
            except ValueError:
                self.report.repaired(where, f"“{value}” is no GUID", "made one from the id")
        return guid_of(self.source, source_id)

    def room(self, name: str | Text | None, **fields: Any) -> int | None:
        """Return the id of the room of that name, adding a new one; None without a name."""
        names = self.text(name)
        key = fold(pick(names, [self.language])[0])
        if not key:
            return None
        if key not in self._rooms:
            guid = self.guid(fields.pop("guid", None), f"room {key}", f"room {key}")
            if guid in self._room_guids:
                self.report.repaired(f"room {key}", "its GUID is another room's", "made a new one")
                guid = guid_of(self.source, f"room {key}")
            self._room_guids.add(guid)
            self._rooms[key] = Room(id=len(self._rooms) + 1, guid=guid, name=names, **fields)
        return self._rooms[key].id

    def track(self, name: str | Text | None, *, color: str = "") -> int | None:
        """Return the id of the track of that name, adding a new one; None without a name."""
        names = self.text(name)
        key = fold(pick(names, [self.language])[0])
        if not key:
            return None
        if key not in self._tracks:
            color = color if re.fullmatch(r"#[0-9a-fA-F]{6}", color or "") else ""
            self._tracks[key] = Track(id=len(self._tracks) + 1, name=names, color=color.lower())
        return self._tracks[key].id

    def type(self, name: str | Text | None) -> int | None:
        """Return the id of the type of that name, adding a new one; None without a name."""
        names = self.text(name)
        key = fold(pick(names, [self.language])[0])
        if not key:
            return None
        if key not in self._types:
            self._types[key] = SessionType(id=len(self._types) + 1, name=names)
        return self._types[key].id

    def speaker(self, name: str | None, *, source_id: str = "", **fields: Any) -> int | None:
        """Return the id of a speaker, adding one seen for the first time; None without a name.

        The same source id under another name is another person (real files do that); details that
        only a later mention knows are added to the first.
        """
        name = " ".join(clean(name or "").split())
        if not name:
            return None
        key = f"{source_id}\n{fold(name)}"
        guid = fields.pop("guid", None)
        fields = {field: value for field, value in fields.items() if value}
        known = self._speakers.get(key)
        if known is None:
            where = f"speaker {name}"
            guid = self.guid(guid, f"speaker {key}", where)
            if guid in self._speaker_guids:
                self.report.repaired(where, "the GUID is another speaker's", "made a new one")
                guid = guid_of(self.source, f"speaker {key}")
            self._speaker_guids.add(guid)
            known = Speaker(
                id=len(self._speakers) + 1, guid=guid, name=name, source_id=source_id, **fields
            )
        else:
            new = {f: value for f, value in fields.items() if not getattr(known, f)}
            known = dataclasses.replace(known, **new)
        self._speakers[key] = known
        return known.id

    def session(
        self,
        where: str,
        *,
        starts_at: datetime,
        ends_at: datetime,
        title: str | Text,
        guid: str | None = None,
        source_id: str = "",
        **fields: Any,
    ) -> None:
        """Add one session, or report why it cannot be kept; `where` names it in the report.

        A missing title becomes "?", an end before the start the start, a clashing id or GUID a new
        one; an exact double (same GUID, start, room and title) is skipped.
        """
        titles = self.text(title, fields.pop("text_language", ""))
        if not titles:
            self.report.repaired(where, "it has no title", "called it “?”")
            titles = {self.language: "?"}
        starts_at, ends_at = starts_at.replace(microsecond=0), ends_at.replace(microsecond=0)
        if not EARLIEST <= starts_at <= LATEST or ends_at - starts_at > LONGEST:
            self.report.lost(where, "its time is out of all reason", "left it out")
            return
        if ends_at < starts_at:
            self.report.repaired(where, "it ends before it starts", "gave it no length")
            ends_at = starts_at
        guid = self.guid(guid, source_id or f"{sorted(titles.items())} {starts_at}", where)
        session = Session(
            id=len(self._sessions) + 1,
            guid=guid,
            source_id=source_id,
            title=titles,
            starts_at=starts_at,
            ends_at=ends_at,
            **fields,
        )
        double = self._guids.get(guid)
        if double is not None:
            same = ("starts_at", "room_id", "title")
            if all(getattr(double, name) == getattr(session, name) for name in same):
                self.report.repaired(where, "it stands in the file twice", "kept the first")
                return
            number = 2
            while guid_of(guid, str(number)) in self._guids:
                number += 1
            self.report.repaired(where, "its GUID is another session's", "made a new one")
            session = dataclasses.replace(session, guid=guid_of(guid, str(number)))
        if source_id and source_id in self._source_ids:
            self.report.repaired(where, f"its id {source_id} is used twice", "gave it a new one")
            session = dataclasses.replace(session, source_id="")
        if session.slug and session.slug in self._slugs:
            self.report.repaired(where, f"its slug {session.slug} is used twice", "made a new one")
            session = dataclasses.replace(session, slug="")
        self._guids[session.guid] = session
        self._source_ids.add(session.source_id)
        self._slugs.add(session.slug)
        self._sessions.append(session)
        if len(self._sessions) > MAX_SESSIONS:
            raise Invalid(f"The file holds more than {MAX_SESSIONS} sessions; is it an agenda?")

    def agenda(self, event: Event) -> Agenda:
        """Return all that was added; the sessions add days and languages to the event's."""
        tz = zone(event.timezone)
        days = [event_day(session.starts_at, tz) for session in self._sessions]
        spoken = {tag for session in self._sessions for tag in session.languages}
        written = {tag for session in self._sessions for tag in session.title}
        languages = dict.fromkeys([*event.languages, *sorted(spoken | written)])
        event = dataclasses.replace(
            event,
            starts_on=min([event.starts_on, *days]),
            ends_on=max([event.ends_on, *days]),
            languages=tuple(languages),
        )
        return Agenda(
            event=event,
            rooms=tuple(self._rooms.values()),
            tracks=tuple(self._tracks.values()),
            types=tuple(self._types.values()),
            speakers=tuple(self._speakers.values()),
            sessions=tuple(self._sessions),
        )


def duration(value: str) -> timedelta | None:
    """Return the length a schedule file writes as H:MM, HH:MM, HH:MM:SS or D:HH:MM, else None.

    More than 24 hours are taken as meant: real files say 25:00 and 55:23. `HH:MM:SS` and `D:HH:MM`
    look alike; real files have the first only with zero seconds, and a day count only below 32.
    """
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        return None
    first, second, third = (int(group or 0) for group in match.groups())
    if match[1] and third == 0:
        return timedelta(hours=first, minutes=second)
    return timedelta(days=first, hours=second, minutes=third)
