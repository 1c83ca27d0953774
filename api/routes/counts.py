"""Live counts: who is inside, who arrives, and how fresh is what each device said."""

from typing import Any

import marshmallow as ma
from flask import Response, g

from api.auth import requires
from api.caching import dumped
from api.private import kept
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.door.counts import WINDOWS, Count, Device, counts, scanning, stamp
from event.door.gates import Gate, gates
from event.people.enrolment import devices
from event.people.tokens import TRUSTED

blp = Blueprint(
    "Counts", __name__, url_prefix="/v1/gates", description="What happens at the doors."
)

ROUGHLY = 10
"""Seconds for which counts are the same when nothing happened."""


class ArrivalsSchema(Schema):
    """The people of five minutes."""

    at = ma.fields.AwareDateTime(required=True, metadata={"description": "When they begin."})
    people = ma.fields.Integer(required=True)


class HeadcountSchema(Schema):
    """People, each once in each number."""

    inside = ma.fields.Integer(required=True)
    today = ma.fields.Integer(required=True, metadata={"description": "Came in this event day."})
    ever = ma.fields.Integer(required=True)
    per_minute_5 = ma.fields.Float(
        required=True, metadata={"description": "Arrivals per minute, of the last five."}
    )
    per_minute_15 = ma.fields.Float(required=True)
    arrivals = ma.fields.List(
        ma.fields.Nested(ArrivalsSchema),
        required=True,
        metadata={"description": "Of this event day, by five minutes; those without are left out."},
    )
    refusals = ma.fields.Dict(
        required=True,
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        metadata={"description": "Of this event day, by reason."},
    )


class GateCountSchema(HeadcountSchema):
    """What is counted at one gate."""

    slug = ma.fields.String(required=True)
    name = ma.fields.Dict(required=True, keys=ma.fields.String(), values=ma.fields.String())
    free_flow = ma.fields.Boolean(required=True)


class DeviceCountSchema(Schema):
    """A device, and how fresh is what we know of it."""

    id = ma.fields.Integer(required=True)
    label = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    gates = ma.fields.List(ma.fields.String(), required=True)
    shift_ends_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    scans = ma.fields.Integer(required=True)
    heard_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    battery = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Per cent, if it said so."}
    )
    waiting = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Scans it had not sent then."}
    )


class CountsAnswer(Schema):
    """What is counted; scans that wait on devices are not in it yet."""

    at = ma.fields.AwareDateTime(required=True)
    all = ma.fields.Nested(HeadcountSchema, required=True)
    gates = ma.fields.List(ma.fields.Nested(GateCountSchema), required=True)
    devices = ma.fields.List(ma.fields.Nested(DeviceCountSchema), required=True)


@blp.route("/counts")
@blp.response(200, CountsAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser", "helpdesk", "gate")
def count() -> Response:
    """Count who is inside and who arrives; a gate's phone sees its own gates."""
    at = service().seconds() // ROUGHLY * ROUGHLY
    with service().db.read() as db:
        mine = [item for item in gates(db) if g.bearer.may_scan_at(item.slug)]
        slugs = None if g.bearer.role in TRUSTED else [item.slug for item in mine]
        key = repr((at, stamp(db), mine, devices(db)))

        def make() -> bytes:
            total, by_gate = counts(db, mine, at=at)
            return dumped(
                {
                    "at": service().local(at),
                    "all": _count(total),
                    "gates": [
                        _gate(item) | _count(by_gate[item.slug])
                        for item in mine
                        if item.slug in by_gate
                    ],
                    "devices": [_device(item) for item in scanning(db, slugs, at=at)],
                }
            )

        return kept(key, make, "application/json")


def _gate(item: Gate) -> dict[str, Any]:
    return {"slug": item.slug, "name": item.name, "free_flow": item.free_flow}


def _count(found: Count) -> dict[str, Any]:
    """Return a count as JSON shows it."""
    rates = {
        f"per_minute_{seconds // 60}": round(people * 60 / seconds, 1)
        for seconds, people in zip(WINDOWS, found.last, strict=True)
    }
    return {
        "inside": found.inside,
        "today": found.today,
        "ever": found.ever,
        **rates,
        "arrivals": [
            {"at": service().local(start), "people": people} for start, people in found.arrivals
        ],
        "refusals": found.refusals,
    }


def _device(item: Device) -> dict[str, Any]:
    """Return a device as JSON shows it."""
    heard = item.heard
    return {
        "id": item.id,
        "label": item.label,
        "role": item.role,
        "gates": list(item.gates),
        "scans": item.scans,
        "shift_ends_at": service().local(item.shift_ends_at),
        "heard_at": service().local(heard.at if heard else None),
        "battery": heard.battery if heard else None,
        "waiting": heard.waiting if heard else None,
    }
