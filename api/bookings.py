"""Bookings as JSON: how somebody stands with sessions that have limited places."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from api.service import service
from api.shapes import Context, Schema, Words
from event.schedule.bookings import Booking
from event.schedule.rules import Stand
from event.schedule.seats import Seat


class BookingSchema(Schema):
    """How somebody stands with a session that has limited places."""

    session_id = ma.fields.Integer(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(list(map(str, Seat))))
    reason = ma.fields.String(
        required=True, metadata={"description": "Why it was released or refused: docs/api.md."}
    )
    place = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Place in the waitlist."}
    )
    offered_until = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Say yes (book) before that."}
    )


class OwnBookingSchema(BookingSchema):
    """How I stand with a session, and what I owe."""

    unanswered = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={
            "description": "Required questions without an answer; PUT the booking again with them."
        },
    )


class QuestionSchema(Schema):
    """What is asked of who books."""

    id = ma.fields.String(required=True)
    label = Words(required=True)
    required = ma.fields.Boolean(required=True)


class BookableSchema(Schema):
    """A session that can be booked."""

    session_id = ma.fields.Integer(required=True)
    left = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Free seats; null for no limit."}
    )
    waitlist = ma.fields.Boolean(required=True)
    opens_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    closes_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    questions = ma.fields.List(ma.fields.Nested(QuestionSchema), required=True)


def booking_body(booking: Booking) -> dict[str, Any]:
    """Return how somebody stands with a session."""
    return {
        "session_id": booking.session_id,
        "state": str(booking.state),
        "reason": booking.reason,
        "place": booking.place,
        "offered_until": service().local(booking.offered_until),
    }


def bookable_body(stand: Stand, taken: Mapping[int, int], context: Context) -> dict[str, Any]:
    """Return what somebody needs to know who may book a session."""
    rule, places = stand.rule, stand.places
    left = None if places is None else max(0, places - taken.get(rule.session_id, 0))
    return {
        "session_id": rule.session_id,
        "left": left,
        "waitlist": rule.waitlist,
        "opens_at": service().local(rule.opens_at),
        "closes_at": service().local(rule.closes_at),
        "questions": [
            {"id": one.id, "label": context.words(one.label), "required": one.required}
            for one in rule.questions
        ],
    }
