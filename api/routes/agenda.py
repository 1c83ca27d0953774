"""The event, its whole agenda, and what is on now."""

from datetime import datetime
from typing import Any

import marshmallow as ma
from flask import g, request

from api import bodies
from api.caching import public
from api.published import Edition
from api.rest import Blueprint
from api.routes.queries import Answer, LanguageQuery, NowQuery
from api.shapes import SCHEMAS, Schema
from event.agenda.model import Event, Room, Session, SessionType, Speaker, Track
from event.times import EARLIEST, LATEST, day_bounds, event_day, to_seconds, zone

blp = Blueprint("Agenda", __name__, url_prefix="/v1", description="The published programme.")


class DaySchema(Schema):
    """One event day; it starts and ends at 04:00 venue time."""

    date = ma.fields.Date(required=True)
    starts_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(required=True)


class EventSchema(SCHEMAS[Event]):  # type: ignore[misc, valid-type]
    """The event with its days."""

    days = ma.fields.List(ma.fields.Nested(DaySchema), required=True)


class EventAnswer(Answer):
    """The event."""

    event = ma.fields.Nested(EventSchema, required=True)


class AgendaAnswer(EventAnswer):
    """The whole agenda; sessions refer to rooms, tracks, types and speakers by id."""

    rooms = ma.fields.List(ma.fields.Nested(SCHEMAS[Room]), required=True)
    tracks = ma.fields.List(ma.fields.Nested(SCHEMAS[Track]), required=True)
    types = ma.fields.List(ma.fields.Nested(SCHEMAS[SessionType]), required=True)
    speakers = ma.fields.List(ma.fields.Nested(SCHEMAS[Speaker]), required=True)
    sessions = ma.fields.List(ma.fields.Nested(SCHEMAS[Session]), required=True)


class SessionDetail(SCHEMAS[Session]):  # type: ignore[misc, valid-type]
    """A session with its room, track and type spelled out."""

    room = ma.fields.Nested(SCHEMAS[Room], required=True, allow_none=True)
    track = ma.fields.Nested(SCHEMAS[Track], required=True, allow_none=True)
    type = ma.fields.Nested(SCHEMAS[SessionType], required=True, allow_none=True)


class RoomNow(Schema):
    """What is on in a room, and what is next on the same day."""

    room = ma.fields.Nested(
        SCHEMAS[Room],
        required=True,
        allow_none=True,
        metadata={"description": "null for sessions without a room"},
    )
    now = ma.fields.List(ma.fields.Nested(SessionDetail), required=True)
    next = ma.fields.Nested(SessionDetail, required=True, allow_none=True)


class NowAnswer(Answer):
    """What is on and what is next, per room."""

    at = ma.fields.AwareDateTime(required=True)
    rooms = ma.fields.List(ma.fields.Nested(RoomNow), required=True)


@blp.route("/event")
@blp.response(200, EventAnswer)
@blp.problems(404, 422)
@public()
@blp.arguments(LanguageQuery, location="query")
def event(_: dict[str, Any]) -> dict[str, Any]:
    """Get the event: title, dates, time zone, languages, days."""
    edition: Edition = g.edition
    return bodies.head(edition, g.context) | {"event": bodies.event(edition.agenda, g.context)}


@blp.route("/agenda")
@blp.response(200, AgendaAnswer)
@blp.problems(404, 422)
@public()
@blp.arguments(LanguageQuery, location="query")
def agenda(_: dict[str, Any]) -> dict[str, Any]:
    """Get the whole agenda in one answer; ask again with If-None-Match."""
    return bodies.agenda(g.edition, g.context)


def _last_boundary(edition: Edition, now: datetime) -> int:
    """Return the latest moment up to `at` when a session started or ended, or a day began."""
    at = _asked(now)
    starts = {s.starts_at for s in edition.agenda.sessions}
    ends = {s.ends_at for s in edition.agenda.sessions}
    tz = zone(edition.agenda.event.timezone)
    day, _ = day_bounds(event_day(at, tz), tz)
    return to_seconds(max(moment for moment in (*starts, *ends, day) if moment <= at))


def _asked(now: datetime) -> datetime:
    try:
        asked = datetime.fromisoformat(request.args.get("at", ""))
        return asked if asked.tzinfo and EARLIEST <= asked <= LATEST else now
    except ValueError:
        return now


@blp.route("/now")
@blp.response(200, NowAnswer)
@blp.problems(404, 422)
@public(boundary=_last_boundary)
@blp.arguments(NowQuery, location="query")
def now(query: dict[str, Any]) -> dict[str, Any]:
    """Get what is on and what is next, per room, now or at a moment."""
    return bodies.now(g.edition, g.context, query.get("at", g.now))
