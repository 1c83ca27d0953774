"""Seats in sessions with limited places: attendees book them, organisers say how."""

from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from api.auth import own, requires
from api.bookings import BookingSchema, booking_body
from api.inputs import Input, Line, Moment, Truth, Whole, WordsInput
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.people.attendees import find
from event.schedule.answers import answers_in
from event.schedule.bookings import Wish, book, bookings_in, bookings_of, swap
from event.schedule.own import check_known
from event.schedule.rules import (
    LONGEST_ANSWER,
    MOST_QUESTIONS,
    Question,
    Rule,
    find_rule,
    set_rule,
)
from event.schedule.seats import settle
from event.times import to_seconds

blp = Blueprint("Bookings", __name__, url_prefix="/v1", description="Sessions with few places.")

VISIT = {
    "places": 20,
    "closes_at": "2025-06-02T18:00:00+02:00",
    "offer_seconds": 1800,
    "release_after": 10,
    "questions": [
        {"id": "id-number", "label": {"en": "Number of your ID", "pl": "Numer dowodu"}},
    ],
}
_MOMENTS = ("opens_at", "closes_at")
_A_DAY, _A_MONTH = 86_400, 31 * 86_400


class AnswersInput(Input):
    """What is answered to the session's questions."""

    answers = ma.fields.Dict(
        keys=ma.fields.String(),
        values=Line(longest=LONGEST_ANSWER),
        load_default=dict,
        metadata={"description": "By the question's id; all that are required."},
    )


class SwapInput(AnswersInput):
    """A seat to give back, and one to take."""

    give = Whole(required=True, metadata={"description": "Id of the session that is given."})
    take = Whole(required=True, metadata={"description": "Id of the session that is taken."})


class SwapAnswer(Schema):
    """Both bookings as they are now."""

    given = ma.fields.Nested(BookingSchema, required=True)
    taken = ma.fields.Nested(BookingSchema, required=True)


class QuestionInput(Input):
    """What is asked of who books; the answer is kept so many days after the session."""

    id = ma.fields.String(
        required=True, validate=ma.validate.Regexp(r"^[a-z0-9][a-z0-9_-]{0,49}\Z")
    )
    label = WordsInput(required=True, needed=True)
    required = Truth(load_default=True)
    keep_days = Whole(least=0, most=3650, load_default=7)


class RuleInput(Input):
    """How a session is booked; what is left out stays as it is."""

    places = Whole(
        least=0,
        most=100_000,
        allow_none=True,
        metadata={"description": "null: the session's capacity."},
    )
    opens_at = Moment(allow_none=True)
    closes_at = Moment(
        allow_none=True,
        metadata={
            "description": "The cut-off: nobody books later, and only a substitute answers; "
            "a line still moves."
        },
    )
    waitlist = Truth(metadata={"description": "Whether one can wait when all is taken."})
    offer_seconds = Whole(
        least=0,
        most=_A_MONTH,
        metadata={"description": "How long a free seat is offered to who is next; 0: it is given."},
    )
    release_after = Whole(
        least=0,
        most=_A_DAY // 60,
        allow_none=True,
        metadata={"description": "Minutes after the start; null: no-shows keep their seats."},
    )
    questions = ma.fields.List(
        ma.fields.Nested(QuestionInput), validate=ma.validate.Length(max=MOST_QUESTIONS)
    )


class AskedSchema(Schema):
    """A question as it was set up."""

    id = ma.fields.String(required=True)
    label = ma.fields.Dict(required=True, keys=ma.fields.String(), values=ma.fields.String())
    required = ma.fields.Boolean(required=True)
    keep_days = ma.fields.Integer(required=True)


class RuleAnswer(Schema):
    """How a session is booked."""

    session_id = ma.fields.Integer(required=True)
    places = ma.fields.Integer(required=True, allow_none=True)
    opens_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    closes_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    waitlist = ma.fields.Boolean(required=True)
    offer_seconds = ma.fields.Integer(required=True)
    release_after = ma.fields.Integer(required=True, allow_none=True)
    questions = ma.fields.List(ma.fields.Nested(AskedSchema), required=True)


class BookedSchema(BookingSchema):
    """Who booked, and what they answered."""

    attendee_id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    organisation = ma.fields.String(required=True)
    answers = ma.fields.Dict(required=True, keys=ma.fields.String(), values=ma.fields.String())


class BookedAnswer(Schema):
    """All who booked a session: seats first, then the line in its order."""

    bookings = ma.fields.List(ma.fields.Nested(BookedSchema), required=True)


@blp.route("/me/bookings/<int:session_id>", methods=["PUT"])
@blp.response(200, BookingSchema)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("attendee")
@blp.arguments(AnswersInput, example={"answers": {"id-number": "ABC 123456"}})
def put(body: dict[str, Any], session_id: int) -> Response:
    """Book a seat, wait for one, or take the one that is offered."""
    with service().db.write() as db:
        person = find(db, own())
        check_known(db, session_id, person.category)
        wish = Wish(session_id, person.id, on=True, answers=body["answers"])
        return jsonify(booking_body(book(db, wish, at=service().milliseconds())))


@blp.route("/me/bookings/<int:session_id>", methods=["DELETE"])
@blp.response(200, BookingSchema)
@blp.problems(401, 403, 404, 429)
@requires("attendee")
def delete(session_id: int) -> Response:
    """Give a seat back, leave the line, or refuse what is offered."""
    with service().db.write() as db:
        person = find(db, own())
        # A seat may be given back also when its session is hidden meanwhile.
        if session_id not in {one.session_id for one in bookings_of(db, person.id)}:
            check_known(db, session_id, person.category)
        wish = Wish(session_id, person.id, on=False)
        return jsonify(booking_body(book(db, wish, at=service().milliseconds())))


@blp.route("/me/bookings/swap", methods=["POST"])
@blp.response(200, SwapAnswer)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("attendee")
@blp.arguments(SwapInput, example={"give": 12, "take": 13})
def exchange(body: dict[str, Any]) -> Response:
    """Give one seat back and take another in one step, or neither."""
    with service().db.write() as db:
        person = find(db, own())
        for session_id in (body["give"], body["take"]):
            check_known(db, session_id, person.category)
        wish = Wish(body["take"], person.id, on=True, answers=body["answers"])
        given, taken = swap(db, person.id, body["give"], wish, at=service().milliseconds())
        return jsonify({"given": booking_body(given), "taken": booking_body(taken)})


@blp.route("/sessions/<int:session_id>/booking")
@blp.response(200, RuleAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def rule(session_id: int) -> Response:
    """Get how a session is booked."""
    with service().db.read() as db:
        return jsonify(_rule(find_rule(db, session_id)))


@blp.route("/sessions/<int:session_id>/booking", methods=["PUT"])
@blp.response(200, RuleAnswer)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(RuleInput, example=VISIT)
def put_rule(body: dict[str, Any], session_id: int) -> Response:
    """Let a session be booked, or change how; more places go to who waits."""
    moments = {name: body[name] and to_seconds(body[name]) for name in _MOMENTS if name in body}
    if "questions" in body:
        moments["questions"] = tuple(Question(**question) for question in body["questions"])
    with service().db.write() as db:
        made = set_rule(db, session_id, body | moments)
        settle(db, session_id, at=service().seconds())
    return jsonify(_rule(made))


@blp.route("/sessions/<int:session_id>/bookings")
@blp.response(200, BookedAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def who_booked(session_id: int) -> Response:
    """List who booked a session and what they answered."""
    with service().db.write() as db:
        find_rule(db, session_id)
        settle(db, session_id, at=service().seconds())
        said = answers_in(db, session_id)
        people = [(one, find(db, one.attendee_id)) for one in bookings_in(db, session_id)]
    found = [
        booking_body(one)
        | {
            "attendee_id": person.id,
            "name": person.name,
            "organisation": person.organisation,
            "answers": said.get(person.id, {}),
        }
        for one, person in people
    ]
    return jsonify({"bookings": found})


def _rule(made: Rule) -> dict[str, Any]:
    moments = {name: service().local(getattr(made, name)) for name in _MOMENTS}
    return asdict(made) | moments
