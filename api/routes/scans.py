"""Scans with a network: what was read at a gate, what was answered, and what was taken back."""

from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import Any

import marshmallow as ma
from flask import Response, g, jsonify, request

from api.auth import requires
from api.inputs import UUID7, Input, Line, Pattern, Truth, Whole
from api.languages import negotiate
from api.problems import Refused
from api.rest import Blueprint
from api.routes.gates import check_gate
from api.service import service
from api.shapes import Schema
from event.door.admit import Answer, Asked, Reading
from event.door.afterwards import tell
from event.door.decide import Outcome
from event.door.scans import Scan
from event.door.sentences import sentence, sentences
from event.errors import EventdayError
from event.people.tokens import TRUSTED

blp = Blueprint("Scans", __name__, url_prefix="/v1/gates", description="Reading badges.")

EXAMPLE = {"id": "019733f0-3c00-7a1b-8c2d-3e4f5a6b7c8d", "text": "3FAVFQFF", "via": "typed"}
_OUTCOMES = [str(outcome) for outcome in Outcome]


class ScanInput(Input):
    """What was read (`scan`), or what is said of a scan afterwards (`undo`, `answer`)."""

    id = ma.fields.String(
        required=True,
        validate=UUID7,
        metadata={"description": "UUIDv7, new for each scan; a repeated request changes nothing."},
    )
    kind = ma.fields.String(
        load_default="scan", validate=ma.validate.OneOf(["scan", "undo", "answer"])
    )
    # A camera reads anything: codes on parcels have control characters between their fields.
    text = ma.fields.String(
        load_default="",
        validate=ma.validate.Length(max=4_000),
        metadata={"description": "What the camera read, or a short code as it was typed."},
    )
    holder = Whole(
        least=0,
        most=2**32 - 1,
        metadata={"description": "In place of `text`, whom the help desk found by name."},
    )
    via = ma.fields.String(
        load_default="camera",
        validate=Pattern("^[a-z_]{1,30}$"),
        metadata={"description": "How it was read: camera, wedge, typed, name."},
    )
    leaving = Truth(
        load_default=False, metadata={"description": "Somebody goes out, at a gate in_and_out."}
    )
    override = Line(
        longest=100,
        load_default="",
        metadata={"description": "Why the help desk lets somebody in whom the rule would not."},
    )
    target = ma.fields.String(
        validate=UUID7, metadata={"description": "The scan that an undo or answer is about."}
    )
    outcome = ma.fields.String(
        validate=ma.validate.OneOf([str(Outcome.ADMITTED), str(Outcome.REFUSED)]),
        metadata={"description": "How an answer decides the question."},
    )
    note = Line(longest=100, load_default="", metadata={"description": "Why, of an undo."})
    t = Whole(least=0, metadata={"description": "The device's clock, Unix milliseconds."})

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what a kind cannot do without."""
        if data["kind"] == "scan" and bool(data["text"]) == ("holder" in data):
            raise ma.ValidationError("Send what was read or a holder.", "text")
        if data["kind"] != "scan" and "target" not in data:
            raise ma.ValidationError("Name the scan that this is about.", "target")
        if data["kind"] == "answer" and "outcome" not in data:
            raise ma.ValidationError("Say whether they may pass.", "outcome")


class BadgeOwnerSchema(Schema):
    """What a door may see of a badge's owner."""

    given_name = ma.fields.String(required=True)
    surname = ma.fields.String(required=True)
    organisation = ma.fields.String(required=True)
    category = ma.fields.String(required=True)
    note = ma.fields.String(required=True, metadata={"description": "To be read first."})


class ScanAnswer(Schema):
    """The verdict; a refused scan is an answer too, and no problem document."""

    scan = ma.fields.String(required=True)
    outcome = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(["", *_OUTCOMES]),
        metadata={"description": "Empty of an undo."},
    )
    reason = ma.fields.String(
        required=True, metadata={"description": "Empty, or one of docs/door.md."}
    )
    sentence = ma.fields.String(
        required=True, metadata={"description": "What to do now, by Accept-Language."}
    )
    holder = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Whose badge it is, if it is one."}
    )
    person = ma.fields.Nested(BadgeOwnerSchema, required=True, allow_none=True)
    inside = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How many are inside a gate that has a capacity."},
    )
    received_at = ma.fields.Integer(
        required=True, metadata={"description": "The event's clock, Unix milliseconds."}
    )


@blp.route("/<slug>/scans", methods=["POST"])
@blp.response(200, ScanAnswer)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("organiser", "helpdesk", "gate")
@blp.arguments(ScanInput, example=EXAMPLE)
def scan(body: dict[str, Any], slug: str) -> Response:
    """Read a badge and learn whether its owner may pass; or take that back, or answer."""
    check_gate(slug)
    trusted = g.bearer.role in TRUSTED
    # Whom to look for by name only the desk knows.
    if not trusted and ("holder" in body or body["override"]):
        raise Refused("forbidden")
    at = service().milliseconds()
    who: dict[str, Any] = {
        "device": g.bearer.device or g.bearer.by,
        "trusted": trusted,
        "t": body.get("t", at),
    }
    if body["kind"] == "scan":
        reading = Reading(**{name: body[name] for name in _READING if name in body})
        answer = service().scans.ask(Asked(slug, reading, at=at, **who))
        if isinstance(answer, EventdayError):
            raise answer
        # A short code is on every list of holders: only a badge shown opens a name at a gate.
        is_shown = trusted or answer.scan.medium is not None
        return jsonify(_shown(answer if is_shown else replace(answer, person=None)))
    said = Scan(
        id=body["id"],
        kind=body["kind"],
        outcome=body.get("outcome", ""),
        target=body["target"],
        note=body["note"],
        online=True,
        t_est=at,
        received_at=at,
        **who,
    )
    with service().db.write() as db:
        stored = tell(db, slug, said)
    return jsonify(_shown(Answer(stored, None, None)))


def _shown(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON shows it."""
    scan, person = answer.scan, answer.person
    return {
        "scan": scan.id,
        "outcome": scan.outcome,
        "reason": scan.reason,
        "sentence": sentence(
            scan.outcome or scan.kind, scan.reason, [_language()], leaving=scan.leaving
        ),
        "holder": scan.holder,
        "person": person and asdict(person),
        "inside": answer.inside,
        "received_at": scan.received_at,
    }


def _language() -> str:
    """Return the language that a volunteer reads best, of those that sentences have."""
    return negotiate("", request.headers.get("Accept-Language", ""), _languages())


_READING = tuple(field.name for field in fields(Reading))


@lru_cache(maxsize=1)
def _languages() -> tuple[str, ...]:
    return tuple(sentences()["admitted"])
