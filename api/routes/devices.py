"""The enrolled phones, for the organiser."""

from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from api.auth import requires
from api.inputs import Input, Truth
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.people.enrolment import Device, devices, revoke_device
from event.people.tokens import ROLES

blp = Blueprint("Devices", __name__, url_prefix="/v1/devices", description="Enrolled phones.")


class DeviceSchema(Schema):
    """An enrolled phone."""

    id = ma.fields.Integer(required=True)
    uuid = ma.fields.String(required=True, allow_none=True)
    role = ma.fields.String(required=True, validate=ma.validate.OneOf(ROLES))
    label = ma.fields.String(required=True)
    attendee_id = ma.fields.Integer(required=True, allow_none=True)
    gates = ma.fields.List(ma.fields.String(), required=True)
    shift_ends_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    enrolled_at = ma.fields.AwareDateTime(required=True)
    revoked_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    stolen = ma.fields.Boolean(required=True)


class DevicesAnswer(Schema):
    """All phones, oldest first, those locked out too."""

    devices = ma.fields.List(ma.fields.Nested(DeviceSchema), required=True)


class Lost(Input):
    """How a phone was lost."""

    stolen = Truth(
        load_default=False,
        metadata={"description": "Whether what it still sends is not to be believed."},
    )


@blp.route("")
@blp.response(200, DevicesAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def every() -> Response:
    """List all phones."""
    with service().db.read() as db:
        found = devices(db)
    return jsonify({"devices": [_shown(device) for device in found]})


@blp.route("/<int:device_id>", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 404, 422, 429)
@requires("organiser")
@blp.arguments(Lost, location="query")
def revoke(query: dict[str, Any], device_id: int) -> None:
    """Lock a phone out; its token ends at once."""
    with service().db.write() as db:
        revoke_device(db, device_id, stolen=query["stolen"], at=service().seconds())


def _shown(device: Device) -> dict[str, Any]:
    """Return a device as JSON shows it."""
    local = service().local
    return {
        "id": device.id,
        "uuid": device.uuid,
        "role": device.role,
        "label": device.label,
        "attendee_id": device.attendee_id,
        "gates": list(device.gates),
        "shift_ends_at": local(device.shift_ends_at),
        "enrolled_at": local(device.enrolled_at),
        "revoked_at": local(device.revoked_at),
        "stolen": device.stolen,
    }
