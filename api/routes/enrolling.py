"""How a phone becomes a device: codes that work once, personal links, and what they open."""

from typing import Any

import marshmallow as ma
from flask import Response, g, jsonify, request

from api.auth import address, requires
from api.inputs import SLUG, Input, Line, Moment, Pattern, Whole
from api.problems import Refused
from api.rest import Blueprint
from api.routes.pages import page_for
from api.service import service
from api.shapes import Schema
from event.errors import Invalid, NotFound
from event.people.codes import event_uuid
from event.people.enrolment import LINK, enrol, invite, revoke_invitation
from event.people.tokens import AT_DOORS, ROLES
from event.times import to_seconds

blp = Blueprint("Enrolment", __name__, url_prefix="/v1", description="How a phone gets a token.")

LONGEST_LIFE = 14 * 24
"""Hours for which a code may be made to last."""
_EXAMPLE = {
    "code": "7K3M-9QXR-2TFB",
    "device": "5f0c1c9e-6c1f-4b0e-9d55-0e2f3a1b7c44",
    "label": "Ada’s phone",
}


class EnrolInput(Input):
    """A code or the secret of a personal link, and who asks."""

    code = Line(required=True, longest=100, needed=True)
    device = ma.fields.UUID(
        required=True, metadata={"description": "Random UUID made when the app was installed."}
    )
    label = Line(
        longest=100, load_default="", metadata={"description": "How lists call this phone."}
    )


class CodeInput(Input):
    """What a laptop got and a phone should open."""

    code = ma.fields.String(required=True, validate=Pattern(r"^[A-Za-z0-9_-]{8,60}$"))


class InvitationInput(Input):
    """For whom a code is."""

    role = ma.fields.String(required=True, validate=ma.validate.OneOf(ROLES))
    attendee_id = Whole(metadata={"description": "For the role attendee, and for no other."})
    gates = ma.fields.List(
        ma.fields.String(validate=SLUG),
        load_default=list,
        validate=ma.validate.Length(max=50),
        metadata={"description": "Slugs of the gates that the device is for."},
    )
    shift_ends_at = Moment(metadata={"description": "When its token ends."})
    label = Line(longest=100, load_default="")
    hours = Whole(
        least=1,
        most=LONGEST_LIFE,
        load_default=24,
        metadata={"description": "For how long the code can be used."},
    )


class InvitationAnswer(Schema):
    """A code that works once; it cannot be shown again."""

    id = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True)
    url = ma.fields.String(required=True, metadata={"description": "Show it as a QR code."})
    expires_at = ma.fields.AwareDateTime(required=True)


class OwnDevice(Schema):
    """How a phone is known here."""

    id = ma.fields.Integer(required=True)
    uuid = ma.fields.String(required=True)
    label = ma.fields.String(required=True)


class EnrolAnswer(Schema):
    """All a phone needs to know of itself."""

    token = ma.fields.String(
        required=True, metadata={"description": "For Authorization: Bearer; keep it to yourself."}
    )
    role = ma.fields.String(required=True, validate=ma.validate.OneOf(ROLES))
    device = ma.fields.Nested(OwnDevice, required=True)
    attendee_id = ma.fields.Integer(required=True, allow_none=True)
    gates = ma.fields.List(ma.fields.String(), required=True)
    shift_ends_at = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When the token ends."}
    )
    event = ma.fields.String(required=True, metadata={"description": "The event's UUID."})
    door_key = ma.fields.String(
        metadata={"description": "Verifies the door feed's heads; attendees have no such feed."}
    )
    server_time = ma.fields.AwareDateTime(
        required=True, metadata={"description": "The event's clock."}
    )


@blp.route("/enrol", methods=["POST"])
@blp.response(200, EnrolAnswer)
@blp.problems(400, 404, 410, 413, 415, 422, 429)
@blp.arguments(EnrolInput, example=_EXAMPLE)
def enrolled(body: dict[str, Any]) -> Response:
    """Make this phone a device; the same phone may repeat itself for ten minutes.

    A code works once, a personal link until it is revoked. Asking again ends the token before.
    """
    sender = f"code {address()}"
    is_link = body["code"].strip().startswith(LINK)
    # A link's secret is too long to guess; nobody who guesses codes may keep links from working.
    if not is_link and (wait := service().brake.wait(sender)):
        raise Refused("too-many-requests", {"Retry-After": str(wait)})
    try:
        with service().db.write() as db:
            event = str(event_uuid(db))
            at = service().seconds()
            device, token = enrol(
                db, body["code"], uuid=str(body["device"]), label=body["label"], at=at
            )
    except NotFound as error:
        if error.code == "no-such-code":
            service().brake.wrong(sender)
        raise
    is_at_doors = device.role in AT_DOORS
    door = {"door_key": service().door_signer.public()} if is_at_doors else {}
    answer = jsonify(
        {
            "token": token,
            "role": device.role,
            "device": {"id": device.id, "uuid": device.uuid, "label": device.label},
            "attendee_id": device.attendee_id,
            "gates": list(device.gates),
            "shift_ends_at": service().local(device.shift_ends_at),
            "event": event,
            "server_time": service().local(at),
        }
        | door
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blp.route("/enrol/qr", methods=["POST"])
@blp.response(200, content_type="image/svg+xml")
@blp.problems(400, 413, 415, 422)
@blp.arguments(CodeInput, example={"code": _EXAMPLE["code"]})
def picture(body: dict[str, Any]) -> Response:
    """Draw the address of a code or link, for a laptop to show to a phone; this uses nothing up."""
    from badges import qr  # noqa: PLC0415  # only who shows a code needs it

    answer = Response(qr.svg(page("link", body["code"])), content_type="image/svg+xml")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blp.route("/enrolments", methods=["POST"])
@blp.response(201, InvitationAnswer)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(
    InvitationInput,
    example={
        "role": "gate",
        "gates": ["main"],
        "shift_ends_at": "2025-06-03T14:00:00+02:00",
        "label": "Main door",
    },
)
def invitation(body: dict[str, Any]) -> Response:
    """Make a code for a device; the help desk makes them for attendees only."""
    if body["role"] != "attendee" and g.bearer.role != "organiser":
        raise Refused("forbidden")
    at, lasts = service().seconds(), body.pop("hours") * 3600
    expires_at = service().local(at + lasts)
    if "shift_ends_at" in body:
        body["shift_ends_at"] = to_seconds(body["shift_ends_at"])
        if body["shift_ends_at"] <= at:
            raise Invalid("The shift would be over already; shift_ends_at lies in the past.")
    with service().db.write() as db:
        made = invite(db, at=at, lasts=lasts, **body)
    answer = jsonify(
        {
            "id": made.id,
            "code": made.secret,
            "url": page(page_for(body["role"]), made.secret),
            "expires_at": expires_at,
        }
    )
    answer.status_code = 201
    return answer


@blp.route("/enrolments/<int:enrolment_id>", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk")
def revoke(enrolment_id: int) -> None:
    """Make a code or link useless; devices it made stay."""
    roles = ROLES if g.bearer.role == "organiser" else ("attendee",)
    with service().db.write() as db:
        revoke_invitation(db, enrolment_id, at=service().seconds(), roles=roles)


def page(name: str, secret: str) -> str:
    """Return the address of a page with a secret where no server or log sees it."""
    return f"{service().settings.url or request.url_root.rstrip('/')}/{name}#{secret}"
