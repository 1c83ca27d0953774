"""Gates: what organisers set up, and what doors are told of them."""

from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Response, g, jsonify

from api.auth import requires
from api.inputs import Input, Line, Moment, Truth, Whole, WordsInput
from api.problems import Refused
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.door import decide
from event.door.decide import Policy
from event.door.gates import Gate, find_gate, gates, rules_of, set_gate
from event.door.manifest import manifest, missing
from event.people.model import EVERY_DAY
from event.times import to_seconds

blp = Blueprint("Gates", __name__, url_prefix="/v1/gates", description="Where badges are scanned.")

BUS = {
    "name": {"en": "Bus to the dinner", "pl": "Autobus na kolację"},
    "policy": "once",
    "session_id": 12,
    "needs_booking": True,
    "departure": True,
}
_MOMENTS = ("opens_at", "closes_at", "ended_at")
_AT_MOST = 100_000


class GateInput(Input):
    """What a new gate is, or what becomes different of one; what is left out stays as it is."""

    name = WordsInput(needed=True, metadata={"description": "As volunteers know it; needed once."})
    policy = ma.fields.Enum(
        Policy,
        by_value=True,
        metadata={"description": "How often somebody may pass: docs/door.md."},
    )
    categories = ma.fields.List(
        Line(longest=50),
        validate=ma.validate.Length(max=255),
        metadata={"description": "Slugs of those it is for; none means all."},
    )
    days = Whole(
        least=0, most=EVERY_DAY, metadata={"description": "Bitmap; bit 0 is the first event day."}
    )
    opens_at = Moment(allow_none=True)
    closes_at = Moment(allow_none=True)
    session_id = Whole(
        allow_none=True,
        metadata={"description": "Whose times and capacity it follows, where it has none itself."},
    )
    capacity = Whole(allow_none=True, least=0, most=_AT_MOST)
    needs_booking = Truth(metadata={"description": "Only who has booked the session may pass."})
    departure = Truth(metadata={"description": "A bus or the like, with a manifest."})
    free_flow = Truth(metadata={"description": "Count everybody with a badge, stop nobody."})
    ended_at = Moment(
        allow_none=True, metadata={"description": "When it departed or was closed for good."}
    )
    position = Whole(least=0, most=_AT_MOST, metadata={"description": "Where lists show it."})


class RulesSchema(Schema):
    """A gate's rules as they are now: those of its session, where it has none itself."""

    opens_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    closes_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    capacity = ma.fields.Integer(required=True, allow_none=True)
    ended = ma.fields.Boolean(required=True)


class GateSchema(Schema):
    """A gate as it was set up, and its rules as they are now."""

    id = ma.fields.Integer(required=True)
    slug = ma.fields.String(required=True)
    name = ma.fields.Dict(required=True, keys=ma.fields.String(), values=ma.fields.String())
    policy = ma.fields.String(required=True, validate=ma.validate.OneOf(list(map(str, Policy))))
    categories = ma.fields.List(ma.fields.String(), required=True)
    days = ma.fields.Integer(required=True)
    opens_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    closes_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    session_id = ma.fields.Integer(required=True, allow_none=True)
    capacity = ma.fields.Integer(required=True, allow_none=True)
    needs_booking = ma.fields.Boolean(required=True)
    departure = ma.fields.Boolean(required=True)
    free_flow = ma.fields.Boolean(required=True)
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    position = ma.fields.Integer(required=True)
    now = ma.fields.Nested(RulesSchema, required=True)


class GatesAnswer(Schema):
    """The gates that the token may scan at, in the organiser's order."""

    gates = ma.fields.List(ma.fields.Nested(GateSchema), required=True)


class PassengerSchema(Schema):
    """Who has booked, and whether they are on board."""

    given_name = ma.fields.String(required=True)
    surname = ma.fields.String(required=True)
    holder = ma.fields.Integer(required=True)
    is_here = ma.fields.Boolean(required=True)


class SetAnswer(GateSchema):
    """The gate as it is now, and of a bus that has departed who was not on board."""

    missing = ma.fields.List(
        ma.fields.Nested(PassengerSchema),
        required=True,
        metadata={"description": "Tell them; empty unless it is a departure with `ended_at`."},
    )


class ManifestAnswer(Schema):
    """Names of this gate's bookings and of nobody else, by surname."""

    people = ma.fields.List(ma.fields.Nested(PassengerSchema), required=True)
    missing = ma.fields.Integer(required=True, metadata={"description": "How many are not here."})


@blp.route("")
@blp.response(200, GatesAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk", "gate")
def every() -> Response:
    """List the gates that the token may scan at."""
    with service().db.read() as db:
        mine = [item for item in gates(db) if g.bearer.may_scan_at(item.slug)]
        found = [(item, rules_of(db, item)) for item in mine]
    return jsonify({"gates": [_shown(item, rules) for item, rules in found]})


@blp.route("/<slug>", methods=["PUT"])
@blp.response(200, SetAnswer)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(GateInput, example=BUS)
def put(body: dict[str, Any], slug: str) -> Response:
    """Add a gate, change one, or close it when a bus has departed (`ended_at`)."""
    moments = {name: body[name] and to_seconds(body[name]) for name in _MOMENTS if name in body}
    with service().db.write() as db:
        item = set_gate(db, slug, body | moments)
        rules = rules_of(db, item)
        left = missing(db, item)
    return jsonify(_shown(item, rules) | {"missing": [asdict(person) for person in left]})


@blp.route("/<slug>/manifest")
@blp.response(200, ManifestAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk", "gate")
def people(slug: str) -> Response:
    """List who has booked, and who is still missing."""
    check_gate(slug)
    with service().db.read() as db:
        listed = manifest(db, find_gate(db, slug))
    absent = sum(not person.is_here for person in listed)
    return jsonify({"people": [asdict(person) for person in listed], "missing": absent})


def check_gate(slug: str) -> None:
    """Refuse who asks when this is none of their gates."""
    if not g.bearer.may_scan_at(slug):
        raise Refused("forbidden")


def _shown(item: Gate, rules: decide.Gate) -> dict[str, Any]:
    """Return a gate as JSON shows it."""
    local = service().local
    moments = {name: local(getattr(item, name)) for name in _MOMENTS}
    return {
        **asdict(item),
        **moments,
        "now": {
            "opens_at": local(rules.opens_at),
            "closes_at": local(rules.closes_at),
            "capacity": rules.capacity,
            "ended": rules.ended,
        },
    }
