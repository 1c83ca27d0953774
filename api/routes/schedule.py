"""A schedule of one's own: where to be, what is marked, who is met."""

from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from api.auth import own, requires
from api.caching import context_for, dumped
from api.inputs import Input, Moment, Whole
from api.private import kept
from api.rest import Blueprint
from api.routes.queries import LanguageQuery
from api.schedules import AppointmentAnswer, ScheduleAnswer, appointment_body, schedule_body
from api.seats import settle_due
from api.service import service
from api.shapes import Schema, shown
from event.people.attendees import find
from event.schedule.answers import unanswered
from event.schedule.appointments import answer, appointment
from event.schedule.bookmarks import mark, marked
from event.schedule.meetings import Answer
from event.schedule.own import announced, check_known, known, mine, restricted
from event.schedule.rules import stands
from event.schedule.schedule import schedule_of
from event.schedule.seats import taken
from event.schedule.speaking import set_speaking
from event.times import to_seconds

blp = Blueprint("Schedule", __name__, url_prefix="/v1", description="A schedule of one's own.")


class BookmarksAnswer(Schema):
    """The sessions that are marked."""

    bookmarks = ma.fields.List(ma.fields.Integer(), required=True)


class AnswerInput(Input):
    """What a guest says to a meeting."""

    answer = ma.fields.String(
        required=True, validate=ma.validate.OneOf(["accepted", "declined", "proposed"])
    )
    proposed_at = Moment(metadata={"description": "With proposed: the time they would rather."})


class SpeakingInput(Input):
    """Which attendee a speaker is."""

    attendee_id = Whole(required=True, allow_none=True)


class SpeakingAnswer(Schema):
    """Which attendee a speaker is; null for none of them."""

    speaker_id = ma.fields.Integer(required=True)
    attendee_id = ma.fields.Integer(required=True, allow_none=True)


@blp.route("/me/schedule")
@blp.response(200, ScheduleAnswer)
@blp.problems(401, 403, 404, 422, 429)
@requires("attendee")
@blp.arguments(LanguageQuery, location="query")
def schedule(_: dict[str, Any]) -> Response:
    """Get my schedule: where to be next, and what clashes; ask again with its ETag."""
    person, now = own(), service().now()
    settle_due(service().db, at=to_seconds(now))
    edition = service().publications.edition()
    context = context_for(edition)
    with service().db.read() as db:
        gathered = mine(db, person)
        hidden = restricted(db, gathered.category)
        sessions = known(edition.agenda, hidden)
        ids = {session.id for session in sessions}
        rules = [stand for stand in stands(db) if stand.rule.session_id in ids]
        seats = taken(db)
        owed = unanswered(db, person, [stand.rule for stand in rules])
        told = announced(db, gathered.category, at=now)
    found = schedule_of(
        gathered,
        sessions=sessions,
        restricted={session.id for session in hidden},
        rooms=edition.agenda.rooms,
        venues=edition.agenda.venues,
        at=now,
    )
    made = schedule_body(found, gathered, edition, rules, seats, owed, context)
    body = dumped(made | {"announcements": [shown(item, context) for item in told]}).decode()
    response = kept(body, lambda: body, "application/json")
    response.headers["Vary"] = "Authorization, Accept-Language"
    return response


@blp.route("/me/bookmarks/<int:session_id>", methods=["PUT"])
@blp.response(200, BookmarksAnswer)
@blp.problems(401, 403, 404, 429)
@requires("attendee")
def put_bookmark(session_id: int) -> Response:
    """Mark a session."""
    return _mark(session_id, on=True)


@blp.route("/me/bookmarks/<int:session_id>", methods=["DELETE"])
@blp.response(200, BookmarksAnswer)
@blp.problems(401, 403, 404, 429)
@requires("attendee")
def delete_bookmark(session_id: int) -> Response:
    """Mark a session no longer."""
    return _mark(session_id, on=False)


def _mark(session_id: int, *, on: bool) -> Response:
    with service().db.write() as db:
        person = find(db, own())
        # What is one's own may be taken away, also when it is hidden meanwhile.
        if on or session_id not in marked(db, person.id):
            check_known(db, session_id, person.category)
        mark(db, person.id, session_id, on=on, at=service().milliseconds())
        return jsonify({"bookmarks": marked(db, person.id)})


@blp.route("/me/meetings/<int:meeting_id>")
@blp.response(200, AppointmentAnswer)
@blp.problems(401, 403, 404, 422, 429)
@requires("attendee")
@blp.arguments(LanguageQuery, location="query")
def one_meeting(_: dict[str, Any], meeting_id: int) -> Response:
    """Get a meeting of mine."""
    context = context_for(service().publications.edition())
    with service().db.read() as db:
        found = appointment(db, meeting_id, own())
    body = dumped(appointment_body(found, context)).decode()
    return kept(body, lambda: body, "application/json")


@blp.route("/me/meetings/<int:meeting_id>", methods=["PUT"])
@blp.response(200, AppointmentAnswer)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("attendee")
@blp.arguments(AnswerInput, example={"answer": "accepted"})
def answer_meeting(body: dict[str, Any], meeting_id: int) -> Response:
    """Accept or decline a meeting, or propose another time."""
    context = context_for(service().publications.edition())
    proposal = body.get("proposed_at")
    with service().db.write() as db:
        found = answer(
            db,
            meeting_id,
            own(),
            Answer(body["answer"]),
            proposed_at=proposal and to_seconds(proposal),
            at=service().seconds(),
        )
    return jsonify(appointment_body(found, context))


@blp.route("/speakers/<int:speaker_id>/attendee", methods=["PUT"])
@blp.response(200, SpeakingAnswer)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(SpeakingInput, example={"attendee_id": 1})
def put_speaking(body: dict[str, Any], speaker_id: int) -> Response:
    """Say which attendee a speaker is: what they speak in stands in their schedule then."""
    with service().db.write() as db:
        set_speaking(db, speaker_id, body["attendee_id"])
    return jsonify({"speaker_id": speaker_id, "attendee_id": body["attendee_id"]})
