"""Categories and parties, and how many need what."""

from typing import Any

import marshmallow as ma
from flask import Response, jsonify, url_for

from api.auth import requires
from api.inputs import SLUG, Input, Line, Pattern, Whole, WordsInput
from api.people import EMAIL, AttendeeSchema, shown
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.people.attendees import of_party
from event.people.categories import categories, set_category
from event.people.model import Category, Party
from event.people.needs import counts
from event.people.parties import MOST, add_party, find_party, parties
from event.text import text

blp = Blueprint("Parties", __name__, url_prefix="/v1", description="Kinds and groups of attendees.")


class CategoryInput(Input):
    """A kind of attendee; the same slug again changes its name and colour."""

    slug = ma.fields.String(required=True, validate=SLUG)
    name = WordsInput(required=True, needed=True)
    color = ma.fields.String(
        required=True, validate=Pattern("^#[0-9a-f]{6}$"), metadata={"description": "#rrggbb"}
    )


class CategorySchema(Schema):
    """A kind of attendee."""

    number = ma.fields.Integer(required=True, metadata={"description": "Its byte in a code."})
    slug = ma.fields.String(required=True)
    name = ma.fields.Dict(
        required=True,
        keys=ma.fields.String(),
        values=ma.fields.String(),
        metadata={"description": "In each language."},
    )
    color = ma.fields.String(required=True)


class CategoriesAnswer(Schema):
    """All kinds of attendees, by number."""

    categories = ma.fields.List(ma.fields.Nested(CategorySchema), required=True)


class PartyInput(Input):
    """A delegation: one contact, and places whose names may come later."""

    guid = ma.fields.UUID(
        required=True, metadata={"description": "Of your own, so that a retry is harmless."}
    )
    name = Line(required=True, longest=200, needed=True)
    contact_name = Line(longest=100, load_default="")
    contact_email = ma.fields.String(
        load_default="", validate=[ma.validate.Length(max=254), Pattern(EMAIL)]
    )
    size = Whole(required=True, most=MOST)
    category = ma.fields.String(load_default="delegate", validate=SLUG)


class PartySchema(Schema):
    """A delegation."""

    id = ma.fields.Integer(required=True)
    guid = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    contact_name = ma.fields.String(required=True)
    contact_email = ma.fields.String(required=True)


class PartyAnswer(PartySchema):
    """A delegation with its places."""

    attendees = ma.fields.List(ma.fields.Nested(AttendeeSchema), required=True)


class PartiesAnswer(Schema):
    """All delegations, by name."""

    parties = ma.fields.List(ma.fields.Nested(PartySchema), required=True)


class CountSchema(Schema):
    """How many need it."""

    need = ma.fields.String(required=True)
    attendees = ma.fields.Integer(required=True)


class NeedsAnswer(Schema):
    """How many of those who come need what, most first; never who."""

    diet = ma.fields.List(ma.fields.Nested(CountSchema), required=True)
    access = ma.fields.List(ma.fields.Nested(CountSchema), required=True)


@blp.route("/categories")
@blp.response(200, CategoriesAnswer)
@blp.problems(401, 403, 429)
@requires("organiser", "helpdesk")
def every_category() -> Response:
    """List the kinds of attendees."""
    with service().db.read() as db:
        found = categories(db)
    return jsonify({"categories": [_category(item) for item in found]})


@blp.route("/categories", methods=["POST"])
@blp.response(201, CategorySchema)
@blp.problems(400, 401, 403, 409, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(
    CategoryInput,
    example={"slug": "jury", "name": {"en": "Jury", "pl": "Jury"}, "color": "#0f766e"},
)
def put_category(body: dict[str, Any]) -> Response:
    """Add a kind of attendee, or rename and recolour one."""
    with service().db.write() as db:
        made = set_category(db, body["slug"], name=text(body["name"]), color=body["color"])
    answer = jsonify(_category(made))
    answer.status_code = 201
    return answer


@blp.route("/parties")
@blp.response(200, PartiesAnswer)
@blp.problems(401, 403, 429)
@requires("organiser", "helpdesk")
def every_party() -> Response:
    """List the delegations."""
    with service().db.read() as db:
        found = parties(db)
    return jsonify({"parties": [_party(item) for item in found]})


@blp.route("/parties", methods=["POST"])
@blp.response(201, PartyAnswer)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(
    PartyInput,
    example={
        "guid": "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a12",
        "name": "Klaster Wodorowy",
        "contact_name": "Ada Łoś",
        "contact_email": "ada@example.org",
        "size": 12,
    },
)
def put_party(body: dict[str, Any]) -> Response:
    """Add a delegation with so many places, which get their badges before their names."""
    with service().db.write() as db:
        made = add_party(db, **body | {"guid": str(body["guid"])}, at=service().seconds())
        places = of_party(db, made.id)
        answer = jsonify(_party(made) | {"attendees": [shown(person) for person in places]})
    answer.status_code = 201
    answer.headers["Location"] = url_for("Parties.one_party", party_id=made.id)
    return answer


@blp.route("/parties/<int:party_id>")
@blp.response(200, PartyAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def one_party(party_id: int) -> Response:
    """Get a delegation with its places."""
    with service().db.read() as db:
        found, places = find_party(db, party_id), of_party(db, party_id)
    return jsonify(_party(found) | {"attendees": [shown(person) for person in places]})


@blp.route("/needs")
@blp.response(200, NeedsAnswer)
@blp.problems(401, 403, 429)
@requires("organiser")
def needs() -> Response:
    """Count diet and access needs, for the caterer and the house; they are told of nobody."""
    with service().db.read() as db:
        counted = counts(db)
    return jsonify(
        {
            name: [{"need": need, "attendees": number} for need, number in found]
            for name, found in counted.items()
        }
    )


def _category(item: Category) -> dict[str, Any]:
    return {"number": item.number, "slug": item.slug, "name": item.name, "color": item.color}


def _party(item: Party) -> dict[str, Any]:
    return {
        "id": item.id,
        "guid": item.guid,
        "name": item.name,
        "contact_name": item.contact_name,
        "contact_email": item.contact_email,
    }
