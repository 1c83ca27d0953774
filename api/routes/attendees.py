"""What the help desk does with attendees: find, add, change, cancel, substitute, ask, invite."""

from typing import Any
from uuid import uuid4

import marshmallow as ma
from flask import Response, g, jsonify, url_for

from api.auth import requires
from api.caching import required_versions
from api.inputs import Input, Line, Whole
from api.people import (
    PURPOSE,
    AttendeePatch,
    AttendeeSchema,
    ConsentInput,
    ConsentsAnswer,
    Person,
    shown,
    shown_consents,
    with_tag,
)
from api.rest import Blueprint
from api.routes.enrolling import page
from api.service import service
from api.shapes import Schema
from badges.code import GENERATIONS, Medium
from event.people import attendees, substitutes
from event.people.consents import Answer, answer, history
from event.people.enrolment import new_link, revoke_links
from event.people.holders import reissue_badge
from event.people.model import Attendee, Status

blp = Blueprint("Attendees", __name__, url_prefix="/v1/attendees", description="For the help desk.")

ADA = {
    "guid": "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a11",
    "given_name": "Ada",
    "surname": "Łoś",
    "email": "ada@example.org",
    "organisation": "Klaster Wodorowy",
    "category": "delegate",
    "language": "pl",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "ETag of the attendee as you saw them, or * for whatever is there.",
    "example": '"a12-3"',
}


class Search(Input):
    """What to look for."""

    q = Line(
        load_default="",
        longest=200,
        metadata={
            "description": "Words of name, organisation, e-mail, external id or box slot, however "
            "spelt (lodz finds Łódź), or a short code; empty finds the first by surname."
        },
    )
    limit = Whole(most=attendees.MOST_FOUND, load_default=20)


class Found(Schema):
    """Who was found, by surname."""

    attendees = ma.fields.List(ma.fields.Nested(AttendeeSchema), required=True)


class NewAttendee(AttendeePatch):
    """An attendee to add; with a guid of your own a repeated request adds nobody twice."""

    guid = ma.fields.UUID()


class Reissue(Input):
    """Which badge is lost."""

    medium = ma.fields.String(required=True, validate=ma.validate.OneOf(["phone", "paper"]))
    generation = Whole(
        required=True,
        most=GENERATIONS - 1,
        metadata={"description": "The present one plus one, so that a retry is harmless."},
    )


class Substitute(Input):
    """Who comes instead; what is left out passes on from whom they replace, or is empty."""

    guid = ma.fields.UUID(
        required=True, metadata={"description": "Of your own, so that a retry is harmless."}
    )
    person = ma.fields.Nested(Person, required=True)


class LinkAnswer(Schema):
    """A personal link; it cannot be shown again."""

    id = ma.fields.Integer(required=True)
    url = ma.fields.String(required=True)


@blp.route("/search", methods=["POST"])
@blp.response(200, Found)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(Search, example={"q": "los", "limit": 20})
def search(body: dict[str, Any]) -> Response:
    """Find attendees; the words are in the body, so that no log of addresses holds a name."""
    with service().db.read() as db:
        found = attendees.search(db, body["q"], limit=body["limit"])
    return jsonify({"attendees": [shown(person) for person in found]})


@blp.route("", methods=["POST"])
@blp.response(201, AttendeeSchema)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(NewAttendee, example=ADA)
def add(body: dict[str, Any]) -> Response:
    """Add somebody who is not on the list."""
    guid = str(body.pop("guid", None) or uuid4())
    with service().db.write() as db:
        made = attendees.add(db, _person(body, guid), at=service().seconds())
        answer = with_tag(made, status=201)
    answer.headers["Location"] = url_for("Attendees.one", attendee_id=made.id)
    return answer


@blp.route("/<int:attendee_id>")
@blp.response(200, AttendeeSchema)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def one(attendee_id: int) -> Response:
    """Get an attendee; the ETag is what an edit sends in If-Match."""
    with service().db.read() as db:
        return with_tag(attendees.find(db, attendee_id))


@blp.route("/<int:attendee_id>", methods=["PATCH"])
@blp.response(200, AttendeeSchema)
@blp.problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
@blp.doc(parameters=[IF_MATCH])
@requires("organiser", "helpdesk")
@blp.arguments(AttendeePatch, example={"surname": "Łoś-Kowalska", "box_slot": "C-214"})
def change(body: dict[str, Any], attendee_id: int) -> Response:
    """Change or cancel an attendee; printed badges stay valid."""
    versions = required_versions(f"a{attendee_id}-")
    if "status" in body:
        body["status"] = Status(body["status"])
    with service().db.write() as db:
        at = service().seconds()
        changed = attendees.change(db, attendee_id, body, at=at, if_version=versions)
        return with_tag(changed)


@blp.route("/<int:attendee_id>/reissue", methods=["POST"])
@blp.response(200, AttendeeSchema)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(Reissue, example={"medium": "paper", "generation": 2})
def reissue(body: dict[str, Any], attendee_id: int) -> Response:
    """Replace a lost badge: the next generation of that medium is valid, the ones before die."""
    medium = Medium[body["medium"].upper()]
    with service().db.write() as db:
        holder = attendees.find(db, attendee_id).holder
        reissue_badge(
            db, holder, medium, body["generation"], at=service().seconds(), by=g.bearer.by
        )
        return with_tag(attendees.find(db, attendee_id))


@blp.route("/<int:attendee_id>/substitute", methods=["POST"])
@blp.response(201, AttendeeSchema)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(
    Substitute,
    example={"guid": ADA["guid"], "person": {"given_name": "Jan", "surname": "Żak"}},
)
def substitute(body: dict[str, Any], attendee_id: int) -> Response:
    """Let a colleague come instead: a badge for them, and the old one dies with its phones."""
    person = _person(body["person"], str(body["guid"]))
    with service().db.write() as db:
        made = substitutes.substitute(db, attendee_id, person, at=service().seconds())
        answer = with_tag(made, status=201)
    answer.headers["Location"] = url_for("Attendees.one", attendee_id=made.id)
    return answer


@blp.route("/<int:attendee_id>/consents")
@blp.response(200, ConsentsAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def consents(attendee_id: int) -> Response:
    """Get what an attendee said yes and no to."""
    with service().db.read() as db:
        attendees.find(db, attendee_id)
        return shown_consents(history(db, attendee_id))


@blp.route(f"/<int:attendee_id>/consents/{PURPOSE}", methods=["PUT"])
@blp.response(200, ConsentsAnswer)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(ConsentInput, example={"given": True, "text_version": "2025-05", "language": "pl"})
def consent(body: dict[str, Any], attendee_id: int, purpose: str) -> Response:
    """Record what an attendee said at the desk."""
    said = Answer(purpose, at=service().seconds(), by=g.bearer.by, **body)
    with service().db.write() as db:
        answer(db, attendee_id, said)
        return shown_consents(history(db, attendee_id))


@blp.route("/<int:attendee_id>/link", methods=["POST"])
@blp.response(201, LinkAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def add_link(attendee_id: int) -> dict[str, Any]:
    """Make a personal link that brings the badge onto a phone, again and again until revoked."""
    with service().db.write() as db:
        made = new_link(db, attendee_id, at=service().seconds())
    return {"id": made.id, "url": page("link", made.secret)}


@blp.route("/<int:attendee_id>/link", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def drop_links(attendee_id: int) -> None:
    """Make all personal links of an attendee useless; phones that used them stay."""
    with service().db.write() as db:
        attendees.find(db, attendee_id)
        revoke_links(db, attendee_id, at=service().seconds())


def _person(body: dict[str, Any], guid: str) -> Attendee:
    values = dict(body)
    if "status" in values:
        values["status"] = Status(values["status"])
    return Attendee(id=0, guid=guid, source="desk", **values)
