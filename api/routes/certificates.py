"""Certificates of attendance: made when they are asked for, and checked by anybody."""

from typing import Any

import marshmallow as ma
from flask import Response, jsonify, request

from api.auth import own, requires
from api.inputs import Input
from api.private import kept
from api.rest import Blueprint
from api.routes.badge import occasion, signer
from api.service import service
from api.shapes import Schema
from badges.certificate import LONGEST, plain
from event.door.certificates import certificate_of, verify
from event.people.badge_keys import badge_keys
from event.people.codes import event_uuid
from event.times import event_day, zone

blp = Blueprint("Certificates", __name__, url_prefix="/v1", description="Who attended, on paper.")

PDF = "application/pdf"
REASONS = ("", "unreadable", "unknown_key", "revoked_key", "forged")


class CertificateInput(Input):
    """What stands behind # in the link of a certificate's QR code."""

    code = ma.fields.String(required=True, validate=ma.validate.Length(max=LONGEST))


class CertificateSchema(Schema):
    """What a certificate says, as it stands in its code."""

    name = ma.fields.String(required=True)
    event = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    organiser = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    place = ma.fields.String(required=True)
    dates = ma.fields.List(
        ma.fields.Date(), required=True, metadata={"description": "First and last event day."}
    )
    days = ma.fields.List(
        ma.fields.Date(), required=True, metadata={"description": "Those they attended."}
    )
    sessions = ma.fields.List(
        ma.fields.List(ma.fields.Raw()),
        required=True,
        metadata={"description": "Start by the venue’s clock, minutes, title."},
    )
    more = ma.fields.Integer(
        required=True, metadata={"description": "Sessions that are not listed."}
    )
    minutes = ma.fields.Integer(
        required=True, metadata={"description": "Of all sessions together."}
    )
    issued = ma.fields.Date(required=True)


class VerifiedAnswer(Schema):
    """Whether a code is genuine; only then it says something."""

    valid = ma.fields.Boolean(required=True)
    reason = ma.fields.String(required=True, validate=ma.validate.OneOf(REASONS))
    certificate = ma.fields.Nested(CertificateSchema, required=True, allow_none=True)


class CertificateKey(Schema):
    """A public key that signed certificates."""

    slot = ma.fields.Integer(required=True)
    public = ma.fields.String(
        required=True, metadata={"description": "Ed25519, 32 bytes as base64url."}
    )
    status = ma.fields.String(
        required=True, validate=ma.validate.OneOf(["current", "verify-only", "revoked"])
    )


class CertificateKeysAnswer(Schema):
    """All that is needed to check certificates without this server."""

    event = ma.fields.String(required=True, metadata={"description": "UUID that is signed along."})
    keys = ma.fields.List(ma.fields.Nested(CertificateKey), required=True)


@blp.route("/me/certificate.pdf")
@blp.response(200, content_type=PDF)
@blp.problems(401, 403, 404, 409, 429)
@requires("attendee")
def my_certificate() -> Response:
    """Get my certificate of attendance, in English and Polish."""
    return _certificate(own())


@blp.route("/attendees/<int:attendee_id>/certificate.pdf")
@blp.response(200, content_type=PDF)
@blp.problems(401, 403, 404, 409, 429)
@requires("organiser", "helpdesk")
def certificate(attendee_id: int) -> Response:
    """Get somebody's certificate of attendance."""
    return _certificate(attendee_id)


@blp.route("/certificates/verify", methods=["POST"])
@blp.response(200, VerifiedAnswer)
@blp.problems(400, 404, 413, 415, 422)
@blp.arguments(CertificateInput, example={"code": "CAVM…"})
def verify_code(body: dict[str, Any]) -> Response:
    """Check the code of a certificate; nothing of it is kept."""
    with service().db.read() as db:
        found, reason = verify(db, body["code"])
    said = plain(found) if found else None
    answer = jsonify({"valid": found is not None, "reason": reason, "certificate": said})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blp.route("/certificates/keys")
@blp.response(200, CertificateKeysAnswer)
@blp.problems(404)
def keys() -> Response:
    """Get what checks certificates without this server: keep it with them."""
    with service().db.read() as db:
        uuid, known = event_uuid(db), badge_keys(db)
    shown = [{"slot": key.slot, "public": key.public, "status": key.status} for key in known]
    answer = jsonify({"event": str(uuid), "keys": shown})
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _certificate(attendee_id: int) -> Response:
    # Only now: what draws is large, and most servers are asked for no certificate yet.
    from event.door.certificate_page import render  # noqa: PLC0415

    edition = service().publications.edition()
    agenda, clock = edition.agenda, edition.clock
    today = event_day(service().now(), zone(agenda.event.timezone))
    with service().db.read() as db:
        made, code = certificate_of(db, agenda, attendee_id, signer(db), on=today)
    shared = occasion(
        service().settings.database, clock.epoch, clock.seq, agenda.event.languages[0]
    )
    address = f"{service().settings.url or request.url_root.rstrip('/')}/verify"
    return kept(
        repr((code, address, shared)), lambda: render([(made, code)], shared, address=address), PDF
    )
