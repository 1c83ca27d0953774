"""The bodies of the answers: what is published, put together for a phone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import url_for

from api.published import Edition
from api.shapes import Context, shown
from event.agenda.model import MEDIA_EXTENSIONS, Agenda, Media, Session, State
from event.times import day_bounds, event_day, rfc3339


def head(edition: Edition, context: Context) -> dict[str, Any]:
    """Return what every answer begins with."""
    return {
        "epoch": edition.clock.epoch,
        "seq": edition.clock.seq,
        "language": context.language,
    }


def event(agenda: Agenda, context: Context) -> dict[str, Any]:
    """Return the event with its days."""
    first, last = agenda.event.starts_on, agenda.event.ends_on
    days = [first.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    bounds = ((day, *day_bounds(day, context.tz)) for day in days)
    return shown(agenda.event, context) | {
        "days": [
            {
                "date": day.isoformat(),
                "starts_at": rfc3339(start, context.tz),
                "ends_at": rfc3339(end, context.tz),
            }
            for day, start, end in bounds
        ]
    }


def session(item: Session, agenda: Agenda, context: Context) -> dict[str, Any]:
    """Return one session with the things it refers to spelled out."""
    return sessions([item], agenda, context)[0]


def sessions(items: Iterable[Session], agenda: Agenda, context: Context) -> list[dict[str, Any]]:
    """Return sessions with the room, track and type they refer to spelled out."""
    rooms = {item.id: shown(item, context) for item in agenda.rooms}
    tracks = {item.id: shown(item, context) for item in agenda.tracks}
    types = {item.id: shown(item, context) for item in agenda.types}
    return [
        body
        | {
            "room": rooms.get(body["room_id"]),
            "track": tracks.get(body["track_id"]),
            "type": types.get(body["type_id"]),
        }
        for body in lean_sessions(items, agenda, context)
    ]


def lean_sessions(
    items: Iterable[Session], agenda: Agenda, context: Context
) -> list[dict[str, Any]]:
    """Return sessions that refer to rooms, tracks and types by id."""
    names = {speaker.id: speaker.name for speaker in agenda.speakers}
    bodies = []
    for item in items:
        body = shown(item, context)
        for part in (body, *body["parts"]):
            for role in part["speakers"]:
                role["name"] = names[role["speaker_id"]]
        body["day"] = event_day(item.starts_at, context.tz).isoformat()
        bodies.append(body)
    return bodies


def media(items: Iterable[Media], context: Context) -> list[dict[str, Any]]:
    """Return pictures and maps with the addresses of their bytes."""
    return [
        shown(item, context) | {"url": url_for("Files.media", name=_file_name(item))}
        for item in items
    ]


def _file_name(item: Media) -> str:
    return f"{item.sha256}.{MEDIA_EXTENSIONS[item.media_type]}"


def speaker(item: Any, agenda: Agenda, context: Context) -> dict[str, Any]:
    """Return a speaker with the picture and the sessions they are in."""
    pictures = [m for m in agenda.media if m.id == item.picture_id]
    mine = [
        session.id
        for session in agenda.sessions
        if any(
            role.speaker_id == item.id
            for roles in (session.speakers, *(part.speakers for part in session.parts))
            for role in roles
        )
    ]
    picture = next(iter(media(pictures, context)), None)
    return shown(item, context) | {"picture": picture, "session_ids": mine}


def agenda(edition: Edition, context: Context) -> dict[str, Any]:
    """Return all an app needs to show the agenda, in one document."""
    whole = edition.agenda
    return head(edition, context) | {
        "event": event(whole, context),
        "rooms": [shown(item, context) for item in whole.rooms],
        "tracks": [shown(item, context) for item in whole.tracks],
        "types": [shown(item, context) for item in whole.types],
        "speakers": [shown(item, context) for item in whole.speakers],
        "sessions": lean_sessions(whole.sessions, whole, context),
    }


def now(edition: Edition, context: Context, at: datetime) -> dict[str, Any]:
    """Return what is on and what is next in each room; sessions without a room come last."""
    whole = edition.agenda
    today = event_day(at, context.tz)
    live = [s for s in whole.sessions if s.state is not State.CANCELLED]
    entries = []
    for room in (*whole.rooms, None):
        here = [s for s in live if s.room_id == (room.id if room else None)]
        on = [s for s in here if is_on(s, at)]
        later = (
            s for s in here if s.starts_at > at and event_day(s.starts_at, context.tz) == today
        )
        following = min(later, key=lambda s: (s.starts_at, s.id), default=None)
        if room or on or following:
            entries.append(
                {
                    "room": shown(room, context) if room else None,
                    "now": sessions(on, whole, context),
                    "next": session(following, whole, context) if following else None,
                }
            )
    return head(edition, context) | {"at": context.moment(at), "rooms": entries}


def is_on(item: Session, at: datetime) -> bool:
    """Say whether a session is on; a suspended one is until its planned end, as far as we know."""
    return item.starts_at <= at < item.ends_at
