"""Reviews: what an import would change, accepted or refused row by row."""

from typing import Any

import marshmallow as ma
from flask import Response
from sqlalchemy import Connection

from api.auth import requires
from api.caching import context_for, dumped
from api.edits import EditsAnswer, published
from api.inputs import Input, Pattern
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.agenda import reviews as waiting
from event.agenda.reviews import Review
from sync.publish import read_clock

blp = Blueprint("Reviews", __name__, url_prefix="/v1", description="Imports that wait for a word.")


class ReviewSchema(Schema):
    """An agenda file that waits; it came with `eventday import FILE --review`."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True, metadata={"description": "The file's."})
    at = ma.fields.AwareDateTime(required=True)
    by = ma.fields.String(required=True)


class RowSchema(Schema):
    """One thing that the file would change."""

    key = ma.fields.String(required=True, metadata={"description": "Send it to accept the row."})
    kind = ma.fields.String(
        required=True, validate=ma.validate.OneOf(["added", "moved", "removed", "changed"])
    )
    what = ma.fields.String(required=True)
    id = ma.fields.Integer(required=True)
    title = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)
    marked = ma.fields.Boolean(
        required=True,
        metadata={"description": "A removal, or a move of what starts within 24 hours."},
    )


class ReviewsAnswer(Schema):
    """What waits for a review, the oldest first."""

    reviews = ma.fields.List(ma.fields.Nested(ReviewSchema), required=True)


class ReviewAnswer(ReviewSchema):
    """A review with its rows, against the agenda as it is now."""

    rows = ma.fields.List(ma.fields.Nested(RowSchema), required=True)


class AcceptInput(Input):
    """The rows to accept; all others are refused."""

    accept = ma.fields.List(
        ma.fields.String(validate=Pattern(r"^[0-9a-f]{12}$")),
        required=True,
        validate=ma.validate.Length(max=50_000),
    )


@blp.route("/reviews")
@blp.response(200, ReviewsAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def all_reviews() -> Response:
    """Get the agenda files that wait for a review."""
    with service().db.read() as db:
        found = [_shown(review) for review in waiting.reviews(db)]
    return Response(dumped({"reviews": found}), content_type="application/json")


@blp.route("/reviews/<int:review_id>")
@blp.response(200, ReviewAnswer)
@blp.problems(401, 403, 404, 422, 429)
@requires("organiser")
def one_review(review_id: int) -> Response:
    """Get what a file would change of the agenda as it is now."""
    with service().db.read() as db:
        rows = waiting.rows(db, review_id, at=service().now())
        review = next(one for one in waiting.reviews(db) if one.id == review_id)
    shown = [
        {
            "key": key,
            "kind": difference.kind,
            "what": difference.what,
            "id": difference.id,
            "title": difference.title,
            "detail": difference.detail,
            "marked": difference.must_be_named,
        }
        for key, difference in rows
    ]
    return Response(dumped(_shown(review) | {"rows": shown}), content_type="application/json")


@blp.route("/reviews/<int:review_id>", methods=["POST"])
@blp.response(200, EditsAnswer)
@blp.problems(400, 401, 403, 404, 412, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(AcceptInput)
def accept(body: dict[str, Any], review_id: int) -> Response:
    """Accept rows of a review and refuse the others: one publish."""

    def change(db: Connection) -> int:
        waiting.accept(db, review_id, body["accept"], at=service().now().replace(microsecond=0))
        return read_clock(db).seq

    return published(service().publish(change))


@blp.route("/reviews/<int:review_id>", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def refuse(review_id: int) -> None:
    """Refuse all of a review."""
    with service().db.write() as db:
        waiting.drop_review(db, review_id)


def _shown(review: Review) -> dict[str, Any]:
    context = context_for(service().publications.edition())
    return {
        "id": review.id,
        "name": review.name,
        "at": context.moment(review.at),
        "by": review.by,
    }
