"""How many came to each session that has a gate."""

import marshmallow as ma
from flask import Response, jsonify

from api.auth import requires
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.door.attendance import attendance

blp = Blueprint("Attendance", __name__, url_prefix="/v1/attendance", description="Who came.")


class AttendedSchema(Schema):
    """How many came to a session, each once."""

    session_id = ma.fields.Integer(required=True)
    title = ma.fields.Dict(required=True, keys=ma.fields.String(), values=ma.fields.String())
    starts_at = ma.fields.AwareDateTime(required=True)
    capacity = ma.fields.Integer(required=True, allow_none=True)
    booked = ma.fields.Integer(required=True)
    came = ma.fields.Integer(required=True)


class AttendanceAnswer(Schema):
    """The sessions that have a gate, by time."""

    sessions = ma.fields.List(ma.fields.Nested(AttendedSchema), required=True)


@blp.route("")
@blp.response(200, AttendanceAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def attended() -> Response:
    """List how many came to each session that has a gate."""
    with service().db.read() as db:
        found = attendance(db)
    bodies = [
        {"session_id": item.id, "title": item.title, "starts_at": service().local(item.starts_at),
         "capacity": item.capacity, "booked": item.booked, "came": item.came}
        for item in found
    ]  # fmt: skip
    return jsonify({"sessions": bodies})
