"""Sessions: found by filters and words, or one by one."""

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from flask import g

from api import bodies
from api.caching import public
from api.published import Edition
from api.rest import Blueprint
from api.routes.agenda import SessionDetail
from api.routes.queries import Answer, LanguageQuery, SessionsQuery
from event.agenda.model import Session
from event.errors import NotFound
from event.text import fold
from event.times import event_day, to_seconds

blp = Blueprint("Sessions", __name__, url_prefix="/v1", description="The items on the agenda.")


class SessionsAnswer(Answer):
    """A page of sessions, by start and id."""

    sessions = ma.fields.List(ma.fields.Nested(SessionDetail), required=True)
    next = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `cursor` for the next page; null on the last."},
    )


class SessionAnswer(Answer):
    """One session."""

    session = ma.fields.Nested(SessionDetail, required=True)


@blp.route("/sessions")
@blp.response(200, SessionsAnswer)
@blp.problems(401, 404, 414, 422, 429)
@public(organisers=True)
@blp.arguments(SessionsQuery, location="query")
def sessions(query: dict[str, Any]) -> dict[str, Any]:
    """Find sessions by day, room, track, type, speaker, language or words."""
    edition: Edition = g.edition
    limit = query.pop("limit")
    after = _cursor(query.pop("cursor", ""))
    query.pop("lang", "")
    tests = [_FILTERS[name](value, edition) for name, value in query.items()]
    found = [
        session
        for session in edition.agenda.sessions
        if _place(session) > after and all(test(session) for test in tests)
    ]
    page = found[:limit]
    more = len(found) > limit
    return bodies.head(edition, g.context) | {
        "sessions": bodies.sessions(page, edition.agenda, g.context),
        "next": _written(_place(page[-1])) if more else None,
    }


@blp.route("/sessions/<int:session_id>")
@blp.response(200, SessionAnswer)
@blp.problems(401, 404, 422, 429)
@public(hot=False, organisers=True)
@blp.arguments(LanguageQuery, location="query")
def session(_: dict[str, Any], session_id: int) -> dict[str, Any]:
    """Get one session; its ETag is what an edit sends in If-Match."""
    edition: Edition = g.edition
    for item in edition.agenda.sessions:
        if item.id == session_id:
            g.prefix = f"s{item.id}-{item.version}-"
            body = bodies.session(item, edition.agenda, g.context)
            return bodies.head(edition, g.context) | {"session": body}
    raise NotFound(f"There is no published session {session_id}.")


Test = Callable[[Session], bool]


def _by_day(day: Any, _: Edition) -> Test:
    tz = g.context.tz
    return lambda session: event_day(session.starts_at, tz) == day


def _by_speaker(speaker_id: int, _: Edition) -> Test:
    return lambda session: any(
        role.speaker_id == speaker_id
        for roles in (session.speakers, *(part.speakers for part in session.parts))
        for role in roles
    )


def _by_language(language: str, _: Edition) -> Test:
    wanted = language.lower()
    return lambda session: any(
        tag.lower() == wanted or tag.split("-")[0] == wanted
        for tag in (*session.languages, *(i.language for i in session.interpretation))
    )


def _by_words(words: str, edition: Edition) -> Test:
    wanted = fold(words).split()
    searchable = edition.searchable
    return lambda session: all(word in searchable[session.id] for word in wanted)


_FILTERS: dict[str, Callable[[Any, Edition], Test]] = {
    "day": _by_day,
    "room": lambda value, _: lambda session: session.room_id == value,
    "track": lambda value, _: lambda session: session.track_id == value,
    "type": lambda value, _: lambda session: session.type_id == value,
    "speaker": _by_speaker,
    "language": _by_language,
    "q": _by_words,
}


def _place(session: Session) -> tuple[int, int]:
    return to_seconds(session.starts_at), session.id


def _written(place: tuple[int, int]) -> str:
    return f"{place[0]}-{place[1]}"


def _cursor(value: str) -> tuple[int, int]:
    start, _, number = value.partition("-")
    return (int(start), int(number)) if value else (-1, 0)
