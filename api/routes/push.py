"""Where an attendee's phone takes push messages."""

from typing import Any

import marshmallow as ma
from flask import Response, g, jsonify

from api.auth import own, requires
from api.clock import real_time
from api.deliver.post import check_address
from api.deliver.push import public_of
from api.inputs import Input, Pattern
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.keys import push_key
from event.times import to_seconds
from event.told.subscriptions import LONGEST_ENDPOINT, subscribe, unsubscribe

blp = Blueprint("Push", __name__, url_prefix="/v1", description="News for a phone that sleeps.")

EXAMPLE = {
    "endpoint": "https://push.example.net/p/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    "expirationTime": None,
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx"
        "aOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
"""The browser of RFC 8291, appendix A, at the service of RFC 8292."""


class PushKeyAnswer(Schema):
    """The key by which push services know us."""

    key = ma.fields.String(
        required=True, metadata={"description": "applicationServerKey, base64url."}
    )


class PushKeysInput(Input):
    """What messages are encrypted for, base64url."""

    p256dh = ma.fields.String(required=True, validate=Pattern(r"^[A-Za-z0-9_-]{87}=?$"))
    auth = ma.fields.String(required=True, validate=Pattern(r"^[A-Za-z0-9_-]{22}(?:==)?$"))


class SubscriptionInput(Input):
    """A subscription as a browser has it: what its `toJSON()` gives."""

    endpoint = ma.fields.String(
        required=True,
        validate=[ma.validate.Length(max=LONGEST_ENDPOINT), Pattern(r"^https?://[\x21-\x7e]+$")],
    )
    expirationTime = ma.fields.Raw(  # noqa: N815  # the browser's word
        allow_none=True, metadata={"description": "Not looked at: services say when it is over."}
    )
    keys = ma.fields.Nested(PushKeysInput, required=True)


@blp.route("/push/key")
@blp.response(200, PushKeyAnswer)
@blp.problems(404)
def key() -> Response:
    """Get the key to subscribe with; another one than before means subscribing anew."""
    return jsonify({"key": public_of(push_key(service().settings.home / "keys"))})


@blp.route("/me/push", methods=["PUT"])
@blp.response(204)
@blp.problems(400, 401, 403, 413, 415, 422, 429)
@requires("attendee")
@blp.arguments(SubscriptionInput, example=EXAMPLE)
def subscribe_me(body: dict[str, Any]) -> None:
    """Tell this phone of changes that touch me, also while nothing is open there."""
    check_address(body["endpoint"], private="push" in service().settings.private)
    with service().db.write() as db:
        subscribe(
            db,
            own(),
            g.bearer.device_id,
            endpoint=body["endpoint"],
            **body["keys"],
            at=to_seconds(real_time()),
        )


@blp.route("/me/push", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 429)
@requires("attendee")
def unsubscribe_me() -> None:
    """Tell this phone no more."""
    with service().db.write() as db:
        own()
        unsubscribe(db, g.bearer.device_id)
