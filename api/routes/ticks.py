"""Ticks from paper lists, typed in afterwards."""

from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Response, g, jsonify

from api.auth import requires
from api.inputs import Input, Line
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.door.gates import find_gate
from event.door.ticks import tick

blp = Blueprint("Ticks", __name__, url_prefix="/v1/gates", description="Paper lists.")

MOST_TICKS = 2_000


class TicksInput(Input):
    """Who was ticked off on a paper list; the same again changes nothing."""

    codes = ma.fields.List(
        Line(longest=20),
        required=True,
        validate=ma.validate.Length(min=1, max=MOST_TICKS),
        metadata={"description": "Short codes as they were typed."},
    )
    day = ma.fields.Date(metadata={"description": "On which event day; else today."})


class TicksAnswer(Schema):
    """What became of the ticks."""

    new = ma.fields.Integer(required=True)
    known = ma.fields.Integer(
        required=True, metadata={"description": "Ticked off already, at this gate and day."}
    )
    wrong = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "Look at these again."}
    )


@blp.route("/<slug>/ticks", methods=["POST"])
@blp.response(200, TicksAnswer)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(TicksInput, example={"codes": ["3FAV FQFF"], "day": "2025-06-03"})
def ticks(body: dict[str, Any], slug: str) -> Response:
    """Type in who was ticked off on paper."""
    who, at = g.bearer.device or g.bearer.by, service().milliseconds()
    with service().db.write() as db:
        item = find_gate(db, slug)
        found = tick(db, item, body["codes"], device=who, at=at, day=body.get("day"))
    return jsonify(asdict(found))
