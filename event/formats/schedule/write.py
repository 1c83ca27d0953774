"""Makes a schedule document of what is published of an agenda; it writes neither XML nor JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from event.agenda.model import Agenda, Link, Session, Speaker, State
from event.errors import Invalid
from event.formats.schedule import beyond as schedule_beyond
from event.formats.schedule.document import SLUG, made_acronym, made_slug, uri
from event.formats.schedule.published import in_one_language, published, speakers_of
from event.formats.schedule.read import read_document
from event.text import LANGUAGE, Text, clean, fold, pick
from event.times import day_bounds, event_day, rfc3339, zone

_NO_ADDRESS = "https://eventday.invalid/"
"""Stands where the formats want an address and the event has none (RFC 2606, section 2)."""

_NO_ROOM = {"en": "To be announced", "pl": "Do ustalenia"}
_CANCELLED = {"en": "CANCELLED:", "pl": "ODWOŁANE:"}
_LONGEST_VERSION = 100
_LONGEST_CALENDAR = 100
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all sessions of a document share: languages, zone, and the names things have in it."""

    agenda: Agenda
    languages: Sequence[str]
    tz: ZoneInfo
    rooms: Mapping[int | None, str]
    tracks: Mapping[int, str]
    types: Mapping[int, str]
    slugs: Mapping[int, str]
    people: Mapping[int, Speaker]

    def say(self, text: Text) -> str:
        return clean(pick(text, self.languages)[0])


def document(
    agenda: Agenda,
    *,
    version: str,
    cancelled: str,
    language: str | None,
    public: bool,
    multilingual: bool,
) -> dict[str, Any]:
    """Return the document of an agenda: what is published of it, in one language.

    `conference.meta` holds what reading it back needs beyond that, all languages included if it is
    `multilingual`. Raises Invalid when `language` is no language tag.
    """
    language = language or agenda.event.languages[0]
    if not LANGUAGE.fullmatch(language):
        raise Invalid(f"“{language}” is not a language tag such as en, pl or pt-BR.")
    languages = [language, *agenda.event.languages]
    agenda = published(agenda, cancelled=cancelled, public=public)
    acronym = made_acronym(agenda.event.acronym)
    # A slug is the same in the feeds of all languages.
    slugs = _slugs(agenda.sessions, acronym, agenda.event.languages)
    if not multilingual:
        agenda = in_one_language(agenda, languages)
    event = agenda.event
    rooms = _named(agenda.rooms, languages, also=pick(_NO_ROOM, [language, "en"])[0])
    frame = _Frame(
        agenda=agenda,
        languages=languages,
        tz=zone(event.timezone),
        rooms=rooms,
        tracks=_named(agenda.tracks, languages),
        types=_named(agenda.types, languages),
        slugs=slugs,
        people={person.id: person for person in agenda.speakers},
    )
    days = _days(frame)
    beyond: dict[str, Any] = {
        "language": language,
        "event": schedule_beyond.facts(event),
        "no_room": rooms[None],
        "types": list(frame.types.values()),
        "names": {
            name: schedule_beyond.names(getattr(agenda, name), getattr(frame, name), language)
            for name in ("rooms", "tracks", "types")
        },
        "sessions": {
            session.guid: {"language": written}
            for session in agenda.sessions
            if (written := pick(session.title, languages)[1]) != language
        },
    }
    made: dict[str, Any] = {
        "version": clean(version)[:_LONGEST_VERSION],
        "base_url": uri(event.url) or _NO_ADDRESS,
        "conference": {
            "acronym": acronym,
            "title": frame.say(event.title),
            "start": days[0]["date"],
            "end": days[-1]["date"],
            "daysCount": len(days),
            "timeslot_duration": "00:05",
            "time_zone_name": event.timezone,
            "tracks": [
                {"name": frame.tracks[track.id]} | ({"color": track.color} if track.color else {})
                for track in agenda.tracks
            ],
            "rooms": [
                {"name": rooms[room.id], "guid": room.guid, "capacity": room.capacity}
                for room in agenda.rooms
            ],
            "meta": {"eventday": beyond},
            "days": days,
        },
    }
    said = read_document(made, kind="", timezone="", language="").agenda
    for guid, differing in schedule_beyond.differences(agenda, said).items():
        beyond["sessions"][guid] = beyond["sessions"].get(guid, {}) | differing
    # In a fixed order, so that the same agenda gives the same bytes.
    made["conference"]["meta"] = json.loads(json.dumps({"eventday": beyond}, sort_keys=True))
    return made


def _days(frame: _Frame) -> list[dict[str, Any]]:
    """Return all days of the event; each has all rooms, so that their order is always the same."""
    sessions: dict[tuple[date, int | None], list[Session]] = {}
    for session in frame.agenda.sessions:
        key = (event_day(session.starts_at, frame.tz), session.room_id)
        sessions.setdefault(key, []).append(session)
    rooms: list[tuple[int | None, str]] = [(room.id, room.guid) for room in frame.agenda.rooms]
    if any(room_id is None for _, room_id in sessions):
        rooms.append((None, ""))
    days = []
    for index, day in enumerate(_calendar(frame, {day for day, _ in sessions}), start=1):
        starts_at, ends_at = day_bounds(day, frame.tz)
        listed = [
            {
                "name": frame.rooms[room_id],
                "guid": guid,
                "events": [_session(frame, s) for s in sessions.get((day, room_id), ())],
            }
            for room_id, guid in rooms
        ]
        days.append(
            {
                "index": index,
                "date": day.isoformat(),
                "day_start": rfc3339(starts_at, frame.tz),
                "day_end": rfc3339(ends_at, frame.tz),
                "rooms": listed,
            }
        )
    return days


def _calendar(frame: _Frame, used: set[date]) -> list[date]:
    """Return the event's days and those of its sessions; of an endless event only the latter."""
    event = frame.agenda.event
    length = min((event.ends_on - event.starts_on).days, _LONGEST_CALENDAR - 1)
    return sorted(used | {event.starts_on + n * _DAY for n in range(length + 1)} | {event.ends_on})


def _session(frame: _Frame, session: Session) -> dict[str, Any]:
    base = frame.agenda.event.url
    title = frame.say(session.title)
    if session.state is State.CANCELLED:
        title = f"{pick(_CANCELLED, [frame.languages[0], 'en'])[0]} {title}"
    local = session.starts_at.astimezone(frame.tz)
    minutes = min((session.ends_at - session.starts_at) // _MINUTE, 24 * 60 - 1)
    made: dict[str, Any] = {
        "id": session.id,
        "guid": session.guid,
        "date": rfc3339(session.starts_at, frame.tz),
        "start": f"{local:%H:%M}",
        "duration": f"{minutes // 60:02}:{minutes % 60:02}",
        "room": frame.rooms[session.room_id],
        "slug": frame.slugs[session.id],
        "url": uri(session.url, base),
        "title": title,
        "subtitle": frame.say(session.subtitle),
        "track": frame.tracks.get(session.track_id or 0, ""),
        "type": frame.types.get(session.type_id or 0, ""),
        "language": next(iter(session.languages), ""),
        "abstract": frame.say(session.abstract),
        "persons": [
            {"id": person.id, "guid": person.guid, "name": clean(person.name)}
            for person in map(frame.people.__getitem__, speakers_of(session))
        ],
        "links": list(_links(frame, session.links)),
    }
    if session.attachments:
        made["attachments"] = list(_links(frame, session.attachments))
    if feedback_url := uri(session.feedback_url, base):
        made["feedback_url"] = feedback_url
    if session.recording_license or session.recording_optout is not None:
        made["recording_license"] = clean(session.recording_license)
        made["do_not_record"] = bool(session.recording_optout)
    return made


def _links(frame: _Frame, links: Iterable[Link]) -> Iterator[dict[str, str]]:
    for link in links:
        if url := uri(link.url, frame.agenda.event.url):
            yield {"url": url, "title": frame.say(link.title)}


def _named(things: Iterable[Any], languages: Sequence[str], *, also: str = "") -> dict[Any, str]:
    """Return a name for each thing by its id, and `also` by None, no two of which sound alike.

    Both formats know rooms, tracks and types by nothing but their name.
    """
    names: dict[Any, str] = {}
    taken: set[str] = set()
    wanted = [(thing.id, clean(pick(thing.name, languages)[0])) for thing in things]
    for id_, given in [*wanted, *([(None, also)] if also else [])]:
        plain = name = given if fold(given) else "?"
        number = 1
        while fold(name) in taken:
            number += 1
            name = f"{plain} ({number})"
        taken.add(fold(name))
        names[id_] = name
    return names


def _slugs(sessions: Iterable[Session], acronym: str, languages: Sequence[str]) -> dict[int, str]:
    """Return a slug for each session by its id: its own if that is valid, else a made one."""
    slugs: dict[int, str] = {}
    taken: set[str] = set()
    own = [s for s in sessions if SLUG.fullmatch(s.slug) and s.slug[-1] not in "-_"]
    for session in own:
        if session.slug not in taken:
            slugs[session.id] = session.slug
            taken.add(session.slug)
    for session in sessions:
        if session.id not in slugs:
            slug = made_slug(acronym, session.id, pick(session.title, languages)[0])
            while slug in taken:
                slug += "_2"
            slugs[session.id] = slug
            taken.add(slug)
    return slugs
