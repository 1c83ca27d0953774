"""“Tell me when they arrive”: what the desk asks, and what the door answers."""

import marshmallow as ma
from flask import Response, g, jsonify

from api.auth import requires
from api.people import AttendeeSchema, shown
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.people import watches
from event.people.attendees import find

blp = Blueprint("Watches", __name__, url_prefix="/v1", description="Tell me when they arrive.")


class WatchSchema(Schema):
    """Somebody who is waited for."""

    attendee = ma.fields.Nested(AttendeeSchema, required=True)
    asked_at = ma.fields.AwareDateTime(required=True)
    arrived_at = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "null until the door lets them in"}
    )


class WatchesAnswer(Schema):
    """Those I wait for, those asked for last first."""

    watches = ma.fields.List(ma.fields.Nested(WatchSchema), required=True)


@blp.route("/attendees/<int:attendee_id>/watch", methods=["PUT"])
@blp.response(204)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def watch(attendee_id: int) -> None:
    """Ask to be told when somebody arrives."""
    with service().db.write() as db:
        watches.add_watch(db, attendee_id, by=g.bearer.by, at=service().seconds())


@blp.route("/attendees/<int:attendee_id>/watch", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def unwatch(attendee_id: int) -> None:
    """Ask no longer."""
    with service().db.write() as db:
        watches.end_watch(db, attendee_id, by=g.bearer.by)


@blp.route("/watches")
@blp.response(200, WatchesAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def mine() -> Response:
    """List whom I asked for, and who has arrived."""
    with service().db.read() as db:
        asked = [(wish, find(db, wish.attendee_id)) for wish in watches.watches(db, by=g.bearer.by)]
    bodies = [
        {
            "attendee": shown(person),
            "asked_at": service().local(wish.asked_at),
            "arrived_at": service().local(wish.arrived_at),
        }
        for wish, person in asked
    ]
    return jsonify({"watches": bodies})
