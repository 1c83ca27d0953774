"""An imported agenda meets the present one: a pure function to the agenda that results."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from event.agenda.edit import touched
from event.agenda.model import PUBLIC, Agenda, Part, Role, Session, State
from event.formats.imported import Imported
from event.text import fold

Item = TypeVar("Item", bound=Any)
Items = tuple[Any, ...]
Ids = dict[int, int]
Name = Callable[[Any], Iterable[object]]

LARGEST_SOURCE_ID = 2**31 - 1
"""Apps keep a session's id in 32 bits."""


def merge(current: Agenda | None, imported: Imported, *, at: datetime, first_id: int) -> Agenda:
    """Return the agenda after an import, with final ids: `first_id` and up for what is new.

    Only the fields the format carries change. A session that the file should hold but does not
    becomes a draft: it leaves the public agenda, and if it comes back it is the same one. A numeric
    source id becomes the session's id while that is free; a file of our own, read into an empty
    database, keeps its session ids.
    """
    return _Merge(current, imported, at=at, first_id=first_id).agenda()


def largest_id(agenda: Agenda) -> int:
    """Return the largest id anything in the agenda has."""
    lists = (
        getattr(agenda, field.name) for field in dataclasses.fields(agenda) if field.name != "event"
    )
    ids: list[int] = [item.id for items in lists for item in items]
    ids += [part.id for session in agenda.sessions for part in session.parts]
    return max(ids, default=0)


class _Merge:
    """One merge under way: which incoming id became which, and the ids given out."""

    def __init__(
        self, current: Agenda | None, imported: Imported, *, at: datetime, first_id: int
    ) -> None:
        self.current = current or Agenda(event=imported.agenda.event)
        self.is_new = current is None
        self.imported = imported
        self.at = at
        self.next_id = first_id
        self.maps: dict[str, Ids] = {}
        self.part_ids = {p.guid: p.id for s in self.current.sessions for p in s.parts}

    def agenda(self) -> Agenda:
        incoming = self.imported.agenda
        venues = self._list("venues", "venue", _by_name)
        media = self._list("media", "media", lambda m: [m.sha256])
        rooms = self._list("rooms", "room", _by_guid, _by_name)
        places = self._list(
            "places", "pointofinterest", lambda p: [(p.venue_id, p.kind, *_by_name(p))]
        )
        tracks = self._list("tracks", "track", _by_name)
        types = self._list("types", "sessiontype", _by_name)
        speakers = self._list("speakers", "speaker", _by_guid, lambda s: [fold(s.name)])
        announcements = self._list("announcements", "announcement", _by_guid)
        legal = self._list("legal", "legaltext", lambda text: [text.kind])
        sessions = self._sessions()
        event = self._overlay("event", self.current.event, incoming.event)
        languages = dict.fromkeys([*event.languages, *incoming.event.languages])
        event = dataclasses.replace(
            event,
            uuid=self.current.event.uuid,
            languages=event.languages if self.imported.complete else tuple(languages),
        )
        # What stays because something refers to it may itself refer to something.
        used = _used(sessions)
        rooms = self._kept("rooms", rooms, used["room"])
        speakers = self._kept("speakers", speakers, used["speaker"])
        media = self._kept("media", media, {speaker.picture_id for speaker in speakers})
        places = self._kept("places", places, set())
        at_venues = {item.venue_id for item in (*rooms, *places, *media)}
        return Agenda(
            event=event,
            venues=self._kept("venues", venues, at_venues),
            rooms=rooms,
            places=places,
            media=media,
            tracks=self._kept("tracks", tracks, used["track"]),
            types=self._kept("types", types, used["type"]),
            speakers=speakers,
            sessions=sessions,
            announcements=self._kept("announcements", announcements, set()),
            legal=self._kept("legal", legal, set()),
        )

    def _new_id(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def _kept(self, name: str, merged: Items, used: set[int | None]) -> Items:
        """Return what was merged, and of the rest what a partial file cannot speak for."""
        touched_ids = {item.id for item in merged}
        rest = [
            item
            for item in getattr(self.current, name)
            if item.id not in touched_ids and (not self.imported.complete or item.id in used)
        ]
        if self.imported.complete:
            return (*merged, *rest)
        order = {item.id: place for place, item in enumerate(getattr(self.current, name))}
        return tuple(sorted((*merged, *rest), key=lambda item: order.get(item.id, len(order))))

    def _list(self, name: str, kind: str, *names: Name) -> Items:
        """Merge one list, matching by the first of `names` that says something."""
        incoming = [
            self._with_references(kind, item) for item in getattr(self.imported.agenda, name)
        ]
        matches = _matches(getattr(self.current, name), incoming, names)
        ids = self.maps.setdefault(kind, {})
        merged = []
        for item in incoming:
            known = matches.get(item.id)
            ids[item.id] = known.id if known else self._new_id()
            new = self._overlay(kind, known, item) if known else item
            merged.append(dataclasses.replace(new, id=ids[item.id]))
        return tuple(merged)

    def _with_references(self, kind: str, item: Item) -> Item:
        """Return the item with the ids it refers to mapped; what it refers to is merged before."""
        mapped = {
            field: self.maps[target].get(value)
            for field, target in _REFERENCES.get(kind, {}).items()
            if (value := getattr(item, field)) is not None
        }
        return dataclasses.replace(item, **mapped)

    def _overlay(self, kind: str, known: Item, item: Item) -> Item:
        """Return `known` with the fields that the format carries taken from `item`."""
        carried = {name: getattr(item, name) for name in self.imported.carries.get(kind, ())}
        if carried.get("content", item) is None:
            del carried["content"]  # a picture that came without its bytes is the same picture
        if self.imported.text_language:
            for name, value in carried.items():
                if isinstance(value, Mapping):
                    carried[name] = _one_language(getattr(known, name), value)
        return dataclasses.replace(known, **carried)

    def _roles(self, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        ids = self.maps["speaker"]
        return tuple(
            dataclasses.replace(r, speaker_id=ids[r.speaker_id]) for r in dict.fromkeys(roles)
        )

    def _sessions(self) -> tuple[Session, ...]:
        incoming = [
            dataclasses.replace(
                self._with_references("session", session), speakers=self._roles(session.speakers)
            )
            for session in self.imported.agenda.sessions
        ]
        matches = _matches(
            self.current.sessions,
            incoming,
            (_by_guid, lambda s: [s.source_id] if s.source_id else []),
        )
        used = {session.id for session in self.current.sessions}
        merged: list[Session] = []
        for session in incoming:
            known = matches.get(session.id)
            if known is None:
                new_id = self._session_id(session, used)
                while new_id in used:  # a source id may lie just ahead
                    new_id = self._new_id()
                used.add(new_id)
                parts = self._parts(session.parts)
                new = dataclasses.replace(
                    session, id=new_id, parts=parts, version=1, sequence=0, changed_at=self.at
                )
            else:
                overlaid = self._overlay("session", known, session)
                overlaid = dataclasses.replace(
                    overlaid, speakers=self._with_unlisted(known, overlaid)
                )
                if "parts" in self.imported.carries.get("session", ()):
                    parts = self._parts(session.parts)
                    overlaid = dataclasses.replace(overlaid, parts=parts)
                if known.state is State.DRAFT and "state" not in self.imported.carries["session"]:
                    overlaid = dataclasses.replace(overlaid, state=session.state)
                new = touched(known, overlaid, at=self.at)
            merged.append(new)
        kept = {session.id for session in merged}
        elsewhere = {part.guid for session in merged for part in session.parts}
        absent = (
            self._absent(session, elsewhere)
            for session in self.current.sessions
            if session.id not in kept
        )
        every = [*merged, *absent]
        return tuple(sorted(every, key=lambda session: (session.starts_at, session.id)))

    def _session_id(self, session: Session, used: set[int]) -> int:
        """Return the id of a new session; one restored into an empty database keeps its own."""
        own = session.id <= LARGEST_SOURCE_ID and session.id not in used
        if self.is_new and self.imported.complete and own:
            return session.id
        return _source_id(session, used) or self._new_id()

    def _with_unlisted(self, known: Session, new: Session) -> tuple[Role, ...]:
        """Return the roles of `new`, and of `known` those a public file cannot speak of."""
        if self.imported.complete:
            return new.speakers
        roles = [*known.speakers, *(role for part in known.parts for role in part.speakers)]
        # Others' files know neither roles nor parts: the same people are no change.
        if {role.speaker_id for role in roles} == {role.speaker_id for role in new.speakers}:
            return known.speakers
        unlisted = {speaker.id for speaker in self.current.speakers if not speaker.listed}
        hidden = [role for role in known.speakers if role.speaker_id in unlisted]
        shown = tuple(role for role in known.speakers if role not in hidden)
        if new.speakers == shown:
            return known.speakers
        return tuple(dict.fromkeys((*new.speakers, *hidden)))

    def _absent(self, session: Session, elsewhere: set[str]) -> Session:
        """Return a session that the file does not mention; its parts may have moved to another."""
        parts = tuple(part for part in session.parts if part.guid not in elsewhere)
        left = dataclasses.replace(session, parts=parts)
        could_be_there = session.visibility == PUBLIC and session.state is not State.CANCELLED
        if not (self.imported.complete or could_be_there):
            return touched(session, left, at=self.at)
        return touched(session, dataclasses.replace(left, state=State.DRAFT), at=self.at)

    def _parts(self, incoming: tuple[Part, ...]) -> tuple[Part, ...]:
        parts = (
            dataclasses.replace(
                part,
                id=self.part_ids.get(part.guid) or self._new_id(),
                speakers=self._roles(part.speakers),
            )
            for part in incoming
        )
        return tuple(sorted(parts, key=lambda part: (part.starts_at, part.id)))


_REFERENCES: Mapping[str, Mapping[str, str]] = {
    "room": {"venue_id": "venue"},
    "pointofinterest": {"venue_id": "venue"},
    "media": {"venue_id": "venue"},
    "speaker": {"picture_id": "media"},
    "session": {"room_id": "room", "track_id": "track", "type_id": "sessiontype"},
}


def _by_guid(item: Any) -> Iterable[object]:
    return [item.guid]


def _by_name(item: Any) -> Iterable[object]:
    return [fold(name) for name in item.name.values()]


def _matches(
    known: Iterable[Item], incoming: Iterable[Item], names: Iterable[Name]
) -> dict[int, Item]:
    """Return, by incoming id, the known item that answers to the same name; each is taken once.

    Of several that answer to one name, such as two tracks called alike, the first free one is it.
    """
    known, incoming = list(known), list(incoming)
    matches: dict[int, Item] = {}
    for name_of in names:
        taken = {item.id for item in matches.values()}
        free: dict[object, list[Item]] = {}
        for item in known:
            if item.id not in taken:
                for name in set(name_of(item)):
                    free.setdefault(name, []).append(item)
        for item in incoming:
            found = {
                candidate.id: candidate
                for name in name_of(item)
                for candidate in free.get(name, [])
                if candidate.id not in taken
            }
            if item.id not in matches and found:
                match = next(iter(found.values()))
                matches[item.id] = match
                taken.add(match.id)
    return matches


def _one_language(known: Mapping[str, str], new: Mapping[str, str]) -> Mapping[str, str]:
    """Return a text after a format with a single language spoke: unchanged words change nothing."""
    unchanged = all(words in known.values() for words in new.values())
    if not new:
        return {}
    return known if unchanged else {**known, **new}


def _source_id(session: Session, used: set[int]) -> int | None:
    digits = session.source_id
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(LARGEST_SOURCE_ID))):
        return None
    number = int(digits)
    return number if 0 < number <= LARGEST_SOURCE_ID and number not in used else None


def _used(sessions: Iterable[Session]) -> dict[str, set[int | None]]:
    used: dict[str, set[int | None]] = {"room": set(), "track": set(), "type": set()}
    used["speaker"] = set()
    for session in sessions:
        for kind in ("room", "track", "type"):
            used[kind].add(getattr(session, f"{kind}_id"))
        for roles in (session.speakers, *(part.speakers for part in session.parts)):
            used["speaker"].update(role.speaker_id for role in roles)
    return used
