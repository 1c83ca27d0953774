"""Meetings: the organiser asks attendees to them, and sees what they answered."""

from dataclasses import asdict
from typing import Any
from uuid import uuid4

import marshmallow as ma
from flask import Response, jsonify

from api.auth import requires
from api.caching import required_versions
from api.inputs import Input, Line, Moment, Whole
from api.rest import Blueprint
from api.schedules import GuestSchema
from api.service import service
from api.shapes import Schema
from event.agenda.model import State
from event.schedule.meetings import (
    LONGEST,
    MOST_GUESTS,
    MOST_MINUTES,
    Meeting,
    add_meeting,
    change_meeting,
    meetings,
)
from event.times import to_seconds

blp = Blueprint("Meetings", __name__, url_prefix="/v1/meetings", description="Who meets whom.")

EXAMPLE = {
    "guid": "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a13",
    "guests": [1, 2],
    "table": "12",
    "starts_at": "2025-06-03T13:00:00+02:00",
    "minutes": 20,
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "ETag of the meeting as you saw it: “m” and its id, “-”, its version; or *.",
    "example": '"m5-2"',
}
_DAY = 86_400


class MeetingPatch(Input):
    """What becomes different of a meeting; what is left out stays as it is."""

    guests = ma.fields.List(
        Whole(),
        validate=ma.validate.Length(min=1, max=MOST_GUESTS),
        metadata={"description": "Ids of attendees."},
    )
    title = Line(longest=LONGEST["title"])
    table = Line(longest=LONGEST["place"])
    room_id = Whole(allow_none=True)
    starts_at = Moment(metadata={"description": "A time of its own."})
    session_id = Whole(
        allow_none=True, metadata={"description": "The break it is held in, and moves with."}
    )
    after = Whole(
        least=0, most=_DAY, metadata={"description": "Seconds after the start of that break."}
    )
    minutes = Whole(most=MOST_MINUTES)
    state = ma.fields.String(validate=ma.validate.OneOf(["confirmed", "cancelled"]))


class MeetingInput(MeetingPatch):
    """A meeting; it has a time, or a break in which it is held."""

    guid = ma.fields.UUID(metadata={"description": "Of your own, so that a retry is harmless."})
    guests = ma.fields.List(
        Whole(), required=True, validate=ma.validate.Length(min=1, max=MOST_GUESTS)
    )


class InvitedSchema(GuestSchema):
    """A guest, and the time they would rather have."""

    attendee_id = ma.fields.Integer(required=True)
    proposed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    answered_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class MeetingSchema(Schema):
    """A meeting as things are now: with its break it moves."""

    id = ma.fields.Integer(required=True)
    guid = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    table = ma.fields.String(required=True)
    room_id = ma.fields.Integer(required=True, allow_none=True)
    session_id = ma.fields.Integer(required=True, allow_none=True)
    after = ma.fields.Integer(required=True)
    starts_at = ma.fields.AwareDateTime(required=True)
    minutes = ma.fields.Integer(required=True)
    state = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True)
    guests = ma.fields.List(ma.fields.Nested(InvitedSchema), required=True)


class MeetingsAnswer(Schema):
    """All meetings, in time order."""

    meetings = ma.fields.List(ma.fields.Nested(MeetingSchema), required=True)


@blp.route("")
@blp.response(200, MeetingsAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def every() -> Response:
    """List the meetings, with who accepted, declined or proposed another time."""
    with service().db.read() as db:
        return jsonify({"meetings": [_shown(found) for found in meetings(db)]})


@blp.route("", methods=["POST"])
@blp.response(201, MeetingSchema)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(MeetingInput, example=EXAMPLE)
def add(body: dict[str, Any]) -> Response:
    """Ask attendees to a meeting."""
    guid, guests = str(body.pop("guid", uuid4())), body.pop("guests")
    with service().db.write() as db:
        made = add_meeting(db, _values(body), guests, guid=guid, at=service().seconds())
    return _with_tag(made, status=201)


@blp.route("/<int:meeting_id>", methods=["PATCH"])
@blp.response(200, MeetingSchema)
@blp.problems(400, 401, 403, 404, 412, 413, 415, 422, 428, 429)
@blp.doc(parameters=[IF_MATCH])
@requires("organiser")
@blp.arguments(MeetingPatch, example={"starts_at": "2025-06-03T13:20:00+02:00"})
def change(body: dict[str, Any], meeting_id: int) -> Response:
    """Change, move or cancel a meeting; who had not proposed that is asked again."""
    versions, guests = required_versions(f"m{meeting_id}-"), body.pop("guests", None)
    with service().db.write() as db:
        at = service().seconds()
        made = change_meeting(db, meeting_id, _values(body), guests, at=at, if_version=versions)
    return _with_tag(made, status=200)


def _values(body: dict[str, Any]) -> dict[str, Any]:
    """Return what the domain takes of a body."""
    values = {"place" if name == "table" else name: value for name, value in body.items()}
    if "starts_at" in values:
        values["starts_at"] = to_seconds(values["starts_at"])
    if "state" in values:
        values["state"] = State(values["state"])
    return values


def _shown(found: Meeting) -> dict[str, Any]:
    local = service().local
    guests = [
        asdict(guest)
        | {"proposed_at": local(guest.proposed_at), "answered_at": local(guest.answered_at)}
        for guest in found.guests
    ]
    names = ("id", "guid", "title", "room_id", "session_id", "after", "minutes", "version")
    shown = {name: getattr(found, name) for name in names} | {"table": found.place}
    return shown | {
        "starts_at": local(found.starts_at),
        "state": str(found.state),
        "guests": guests,
    }


def _with_tag(found: Meeting, *, status: int) -> Response:
    answer = jsonify(_shown(found))
    answer.status_code = status
    answer.headers["ETag"] = f'"m{found.id}-{found.version}"'
    return answer
