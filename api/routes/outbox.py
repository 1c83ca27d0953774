"""What phones did while they were away, taken in batches; only those of a door need a token."""

import zlib
from typing import Any

import marshmallow as ma
from flask import Request, request
from webargs.core import parse_json
from werkzeug.exceptions import RequestEntityTooLarge

from api import rest
from api.clock import real_milliseconds
from api.inputs import Input, Line, Pattern, Whole
from api.problems import Refused
from api.service import service
from api.shapes import Schema
from event.people.tokens import Sender, sender_of
from sync.batch import MOST, UUID, Batch
from sync.outbox import receive


class Parser(rest.Parser):
    """Reads a JSON body that may be gzip."""

    def _raw_load_json(self, req: Request) -> Any:
        try:
            body = parse_json(_plain(req))
        except RequestEntityTooLarge:
            raise Refused("split") from None
        items = body.get("items") if isinstance(body, dict) else None
        if isinstance(items, list) and len(items) > MOST:
            raise Refused("split")
        return body


class Blueprint(rest.Blueprint):
    """A group of routes with bodies that may be gzip."""

    ARGUMENTS_PARSER = Parser()


blp = Blueprint("Outbox", __name__, url_prefix="/v1/sync", description="What phones send back.")

EXAMPLE = {
    "device": "5f0c1c9e-6c1f-4b0e-9d55-0e2f3a1b7c44",
    "boot": "b1",
    "sent_at": 1748934000000,
    "sent_mono": 5400000,
    "items": [
        {
            "id": "019733f0-3c00-7a1b-8c2d-3e4f5a6b7c8d",
            "n": 1,
            "kind": "seen",
            "t": 1748930400000,
            "boot": "b1",
            "mono": 1800000,
            "payload": {"epoch": 1748930000, "seq": 137},
        }
    ],
}


class OutboxBatch(Input):
    """What a phone sends at once, and its clocks as it does so."""

    device = ma.fields.String(
        required=True,
        validate=Pattern(f"^{UUID}$", error="Write a UUID."),
        metadata={"description": "Random UUID made when the app was installed."},
    )
    boot = Line(
        required=True,
        longest=100,
        needed=True,
        metadata={"description": "Names this start of the device."},
    )
    sent_at = Whole(
        required=True, least=0, metadata={"description": "The device's clock, Unix milliseconds."}
    )
    sent_mono = Whole(
        required=True, least=0, metadata={"description": "Milliseconds since the device started."}
    )
    items = ma.fields.List(
        ma.fields.Raw(allow_none=True),
        required=True,
        validate=ma.validate.Length(max=MOST),
        metadata={
            "description": "Objects with id (UUIDv7), n, kind, t, boot, mono and payload, as in "
            "docs/sync.md. A malformed one is kept in quarantine and does not stop the others."
        },
    )
    battery = Whole(least=0, most=100, metadata={"description": "Per cent, for the organiser."})
    waiting = Whole(least=0, metadata={"description": "Items that this batch leaves unsent."})


class ReceiptSchema(Schema):
    """What became of one item."""

    id = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "As it was sent."}
    )
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(["stored", "quarantined"]))
    code = ma.fields.String(
        metadata={"description": "Why it is in quarantine; docs/sync.md explains each."}
    )


class OutboxAnswer(Schema):
    """One receipt an item, in order; an item may be forgotten once it has one."""

    received_at = ma.fields.Integer(
        required=True, metadata={"description": "The server's clock, Unix milliseconds."}
    )
    receipts = ma.fields.List(ma.fields.Nested(ReceiptSchema), required=True)


@blp.route("/outbox", methods=["POST"])
@blp.response(200, OutboxAnswer)
@blp.problems(400, 413, 415, 422)
@blp.arguments(
    OutboxBatch,
    example=EXAMPLE,
    description="At most 1 MB; with Content-Encoding: gzip that is counted once unpacked.",
)
def outbox(body: dict[str, Any]) -> dict[str, Any]:
    """Send what a phone did while it was away; sending it again is harmless."""
    # The event's clock may be set to another day; a phone's clock is compared with the real one.
    at = real_milliseconds()
    ahead = service().milliseconds() - at
    batch = Batch(**body)
    with service().batches:
        receipts = receive(service().db, batch, at=at, sender=_sender(batch.device), ahead=ahead)
    return {
        "received_at": at,
        "receipts": [
            {"id": receipt.id, "status": "quarantined", "code": receipt.code}
            if receipt.code
            else {"id": receipt.id, "status": "stored"}
            for receipt in receipts
        ],
    }


def _sender(device: str) -> Sender | None:
    """Return which door's device sends, None for any other phone: it has said no secret word."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    with service().db.read() as db:
        return sender_of(db, token.strip(), device=device.lower(), at=service().seconds())


def _plain(req: Request) -> bytes:
    """Return the body as it was before a Content-Encoding (RFC 9110, section 8.4)."""
    body = req.get_data()
    match req.headers.get("Content-Encoding", "identity").strip().lower():
        case "identity" | "":
            return body
        case "gzip" | "x-gzip":
            return _unzipped(body, most=req.max_content_length or 0)
    raise Refused("unsupported-media-type", {"Accept-Encoding": "gzip"})


def _unzipped(body: bytes, *, most: int) -> bytes:
    """Return what a gzip body holds, never more than `most` bytes, however small it came."""
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = reader.decompress(body, most + 1)
    except zlib.error:
        raise Refused("bad-request") from None
    if len(plain) > most:
        raise RequestEntityTooLarge
    if not reader.eof or reader.unused_data:
        raise Refused("bad-request")
    return plain
