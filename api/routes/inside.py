"""Who is inside, and how everybody is sent out."""

from typing import Any

import marshmallow as ma
from flask import Response, g, jsonify

from api.auth import requires
from api.inputs import UUID7, Input, Line
from api.rest import Blueprint
from api.routes.gates import check_gate
from api.service import service
from api.shapes import Schema
from badges.short import short_code
from event.door.counts import day_start
from event.door.gates import find_gate
from event.door.inside import clear, inside
from event.people.tokens import TRUSTED

blp = Blueprint("Inside", __name__, url_prefix="/v1/gates", description="Who is inside.")


class InsiderSchema(Schema):
    """Somebody inside; nobody knows the name of a blank badge."""

    holder = ma.fields.Integer(required=True)
    short_code = ma.fields.String(required=True)
    given_name = ma.fields.String(required=True)
    surname = ma.fields.String(required=True)
    organisation = ma.fields.String(required=True)
    category = ma.fields.String(required=True)
    passed_at = ma.fields.AwareDateTime(required=True)


class InsideAnswer(Schema):
    """Who is inside a gate, by surname."""

    people = ma.fields.List(ma.fields.Nested(InsiderSchema), required=True)


class ClearInput(Input):
    """Everybody is out: an evacuation, or the end of the day."""

    id = ma.fields.String(
        required=True,
        validate=UUID7,
        metadata={"description": "UUIDv7; a repeated request changes nothing."},
    )
    gate = Line(longest=50, metadata={"description": "Slug; left out, all gates are meant."})


class ClearAnswer(Schema):
    """That it is stored."""

    scan = ma.fields.String(required=True)
    received_at = ma.fields.Integer(
        required=True, metadata={"description": "The event's clock, Unix milliseconds."}
    )


@blp.route("/<slug>/inside")
@blp.response(200, InsideAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def people(slug: str) -> Response:
    """List who is inside a gate today."""
    with service().db.read() as db:
        item = find_gate(db, slug)
        rows = inside(db, item, since=day_start(db, service().seconds()) * 1000)
    listed = [
        {name: getattr(row, name) or "" for name in _SHOWN}
        | {
            "holder": row.holder,
            "short_code": short_code(row.holder),
            "passed_at": service().local(row.last_at // 1000),
        }
        for row in rows
    ]
    return jsonify({"people": listed})


@blp.route("/clear", methods=["POST"])
@blp.response(200, ClearAnswer)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("organiser", "helpdesk", "gate")
@blp.arguments(ClearInput, example={"id": "019733f0-3c00-7a1b-8c2d-3e4f5a6b7c8e", "gate": "main"})
def clear_inside(body: dict[str, Any]) -> Response:
    """Send everybody out of a gate, or of all: nobody is inside, and all may come in again."""
    if "gate" in body:
        check_gate(body["gate"])
    at = service().milliseconds()
    with service().db.write() as db:
        gate_id = find_gate(db, body["gate"]).id if "gate" in body else None
        who, trusted = g.bearer.device or g.bearer.by, g.bearer.role in TRUSTED
        stored = clear(db, body["id"], gate_id, device=who, trusted=trusted, t=at, at=at)
    return jsonify({"scan": stored.id, "received_at": stored.received_at})


_SHOWN = ("given_name", "surname", "organisation", "category")
