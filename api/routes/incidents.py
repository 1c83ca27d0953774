"""Incidents at the doors, for the organiser to look at and to resolve."""

from typing import Any

import marshmallow as ma
from flask import Response, g, jsonify

from api.auth import requires
from api.inputs import Input, Line, Truth, Whole
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from badges.short import short_code
from event.door.gates import find_gate
from event.door.resolve import KINDS, RESOLUTIONS, Which, incidents, reopen, resolve
from event.errors import NotFound

blp = Blueprint("Incidents", __name__, url_prefix="/v1/incidents", description="What to look at.")

MOST = 1_000
_RESOLUTION = ma.validate.OneOf(RESOLUTIONS)
_KIND = ma.validate.OneOf(KINDS)
_LIKE: dict[str, Any] = {
    "kind": ma.fields.String(validate=_KIND),
    "gate": Line(longest=50, metadata={"description": "Slug."}),
    "gap_below": Whole(
        least=-(2**53) + 1, metadata={"description": "Milliseconds between the two scans."}
    ),
}


class Like(Input.from_dict(_LIKE)):  # type: ignore[misc]
    """Which incidents are wanted."""

    resolved = Truth(load_default=False)
    limit = Whole(most=MOST, load_default=200)


class ResolveInput(Input):
    """What was found."""

    resolution = ma.fields.String(
        required=True,
        validate=_RESOLUTION,
        metadata={"description": "docs/door.md explains each."},
    )


class ResolveAllInput(ResolveInput.from_dict(_LIKE)):  # type: ignore[misc]
    """What was found of many: of those named, or of all open ones like this."""

    ids = ma.fields.List(Line(longest=100), validate=ma.validate.Length(min=1, max=MOST))

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse to resolve everything by accident."""
        if not data.keys() - {"resolution"}:
            raise ma.ValidationError("Name some, or a kind, a gate or a gap.", "ids")
        if "ids" in data and data.keys() & _LIKE.keys():
            raise ma.ValidationError("Name some, or say what they are like.", "ids")


class ReopenInput(Input):
    """Of which it is taken back."""

    ids = ma.fields.List(
        Line(longest=100), required=True, validate=ma.validate.Length(min=1, max=MOST)
    )


class IncidentSchema(Schema):
    """Something to look at; whose badge it is, is empty of a blank."""

    id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=_KIND)
    gate = ma.fields.String(required=True, allow_none=True)
    holder = ma.fields.Integer(required=True, allow_none=True)
    short_code = ma.fields.String(required=True, allow_none=True)
    given_name = ma.fields.String(required=True)
    surname = ma.fields.String(required=True)
    organisation = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)
    device = ma.fields.String(required=True, allow_none=True)
    other_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    other_device = ma.fields.String(required=True, allow_none=True)
    gap = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Milliseconds in between."}
    )
    resolution = ma.fields.String(required=True, validate=ma.validate.OneOf(["", *RESOLUTIONS]))
    resolved_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    resolved_by = ma.fields.String(required=True, metadata={"description": "role/label"})


class IncidentsAnswer(Schema):
    """By kind, the shortest gap first: nobody is at two doors within seconds."""

    incidents = ma.fields.List(ma.fields.Nested(IncidentSchema), required=True)
    count = ma.fields.Integer(required=True, metadata={"description": "Beyond the limit, too."})


class ChangedAnswer(Schema):
    """Of which something became different; POST /v1/incidents/reopen takes them to undo it."""

    ids = ma.fields.List(ma.fields.String(), required=True)


@blp.route("")
@blp.response(200, IncidentsAnswer)
@blp.problems(401, 403, 404, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(Like, location="query")
def every(query: dict[str, Any]) -> Response:
    """List what is open, or what is resolved."""
    with service().db.read() as db:
        which = _which(db, query)
        found, count = incidents(db, which, resolved=query["resolved"], limit=query["limit"])
    return jsonify({"incidents": [_shown(row) for row in found], "count": count})


@blp.route("/resolve", methods=["POST"])
@blp.response(200, ChangedAnswer)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(
    ResolveAllInput,
    example={"resolution": "same_person", "kind": "double_admission", "gap_below": 120000},
)
def resolve_all(body: dict[str, Any]) -> Response:
    """Say of many incidents what they were; what is resolved already stays as it is."""
    with service().db.write() as db:
        ids = resolve(db, _which(db, body), body["resolution"], by=g.bearer.by, at=_at())
    return jsonify({"ids": ids})


@blp.route("/reopen", methods=["POST"])
@blp.response(200, ChangedAnswer)
@blp.problems(400, 401, 403, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(
    ReopenInput, example={"ids": ["double_admission:019733f0-3c00-7a1b-8c2d-3e4f5a6b7c8d"]}
)
def reopen_all(body: dict[str, Any]) -> Response:
    """Take back what was said of incidents."""
    with service().db.write() as db:
        return jsonify({"ids": reopen(db, body["ids"])})


@blp.route("/<incident_id>/resolve", methods=["POST"])
@blp.response(200, IncidentSchema)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(ResolveInput, example={"resolution": "badge_lent"})
def resolve_one(body: dict[str, Any], incident_id: str) -> Response:
    """Say what an incident was; said again, the last word counts."""
    which = Which(ids=[incident_id])
    with service().db.write() as db:
        resolve(db, which, body["resolution"], by=g.bearer.by, at=_at())
        found, _ = incidents(db, which, resolved=True)
    if not found:
        raise NotFound("There is no such incident; see: GET /v1/incidents")
    return jsonify(_shown(found[0]))


def _at() -> int:
    return service().seconds()


def _which(db: Any, said: dict[str, Any]) -> Which:
    """Return which incidents are meant. Raises NotFound for no such gate."""
    return Which(
        ids=said.get("ids", ()),
        kind=said.get("kind", ""),
        gate_id=find_gate(db, said["gate"]).id if "gate" in said else None,
        gap_below=said.get("gap_below"),
    )


_SAME = ("id", "kind", "gate", "holder", "device", "other_device", "gap", "resolution",
         "resolved_by")  # fmt: skip


def _shown(row: Any) -> dict[str, Any]:
    """Return an incident as JSON shows it."""
    local = service().local
    other = None if row.other_at is None else row.other_at // 1000
    return {
        **{name: getattr(row, name) for name in _SAME},
        **{name: getattr(row, name) or "" for name in ("given_name", "surname", "organisation")},
        "short_code": None if row.holder is None else short_code(row.holder),
        "at": local(row.at // 1000),
        "other_at": local(other),
        "resolved_at": local(row.resolved_at),
    }
