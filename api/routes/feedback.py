"""What attendees think of sessions."""

from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from api.auth import own, requires
from api.inputs import Input, Line, Whole
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.people.attendees import find
from event.schedule.feedback import BEST, LONGEST_TEXT, rate
from event.schedule.own import check_known

blp = Blueprint("Feedback", __name__, url_prefix="/v1/me", description="A word to the organiser.")


class FeedbackInput(Input):
    """A rating, and words or none."""

    rating = Whole(required=True, least=1, most=BEST, metadata={"description": "5 is best."})
    text = Line(longest=LONGEST_TEXT, load_default="")


class FeedbackAnswer(Schema):
    """What was said last."""

    session_id = ma.fields.Integer(required=True)
    rating = ma.fields.Integer(required=True)
    text = ma.fields.String(required=True)


@blp.route("/feedback/<int:session_id>", methods=["PUT"])
@blp.response(200, FeedbackAnswer)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("attendee")
@blp.arguments(FeedbackInput, example={"rating": 4, "text": "More time for questions, please."})
def feedback(body: dict[str, Any], session_id: int) -> Response:
    """Say what I think of a session; what is said last counts, and the organiser sees no name."""
    with service().db.write() as db:
        person = find(db, own())
        check_known(db, session_id, person.category)
        rate(db, person.id, session_id, **body, at=service().milliseconds())
    return jsonify({"session_id": session_id, **body})
