"""Webhooks: where an organisation's gateway hears of each publish that touches somebody."""

import secrets
from typing import Any

import marshmallow as ma
from flask import Response, jsonify
from sqlalchemy import Connection

from api.auth import requires
from api.clock import real_time
from api.deliver.post import check_address
from api.inputs import Input, Pattern, Truth
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.times import from_seconds, rfc3339, to_seconds, zone
from event.told.webhooks import (
    RECIPIENTS,
    Webhook,
    delete_webhook,
    find_webhook,
    new_secret,
    register,
    send_again,
    stand_of,
    undelivered,
    webhooks,
)

blp = Blueprint("Webhooks", __name__, url_prefix="/v1", description="For a gateway of your own.")

EXAMPLE = {"url": "https://sms.example.org/eventday", "recipients": "holders"}


class WebhookInput(Input):
    """Where to post, and what to tell there of people."""

    url = ma.fields.String(
        required=True,
        validate=[ma.validate.Length(max=2_000), Pattern(r"^https?://[\x21-\x7e]+$")],
        metadata={"description": "https://; what is in it stays with organisers and the gateway."},
    )
    recipients = ma.fields.String(
        load_default="none",
        validate=ma.validate.OneOf(RECIPIENTS),
        metadata={
            "description": "none: how many; holders: their badges' numbers, by language and "
            "changes; contacts: also external_id and e-mail. Only of who agreed to be written to."
        },
    )
    new_secret = Truth(
        load_default=False,
        metadata={"description": "Make another secret; for a day the one before signs too."},
    )


class WebhookSchema(Schema):
    """A webhook, and how its messages stand: those nobody took in a day are dead."""

    slug = ma.fields.String(required=True)
    url = ma.fields.String(required=True)
    recipients = ma.fields.String(required=True, validate=ma.validate.OneOf(RECIPIENTS))
    gone_at = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it answered 410 Gone: it is told nothing since."},
    )
    waiting = ma.fields.Integer(required=True)
    sent = ma.fields.Integer(required=True)
    dead = ma.fields.Integer(required=True)
    not_taken = ma.fields.Integer(
        required=True,
        metadata={"description": "Dead, or waiting after a fault: something is wrong there."},
    )
    not_taken_since = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the oldest of these was made."},
    )


class UndeliveredSchema(Schema):
    """A message that was not taken: an HTTP status or the name of an error says why."""

    id = ma.fields.Integer(required=True)
    seq = ma.fields.Integer(required=True)
    state = ma.fields.String(
        required=True, validate=ma.validate.OneOf(["waiting", "failed", "expired"])
    )
    attempts = ma.fields.Integer(required=True)
    fault = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)


class WebhookAnswer(WebhookSchema):
    """A webhook with its messages that were not taken, the newest first."""

    undelivered = ma.fields.List(ma.fields.Nested(UndeliveredSchema), required=True)


class RegisteredAnswer(WebhookSchema):
    """A webhook; its secret is shown when it is new, and never again."""

    secret = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "whsec_ and base64: what the receiver verifies with."},
    )


class WebhooksAnswer(Schema):
    """All webhooks, by name."""

    webhooks = ma.fields.List(ma.fields.Nested(WebhookSchema), required=True)


class AgainAnswer(Schema):
    """How many messages are tried again."""

    again = ma.fields.Integer(required=True)


@blp.route("/webhooks")
@blp.response(200, WebhooksAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def all_webhooks() -> Response:
    """Get the webhooks, and how their messages stand."""
    with service().db.read() as db:
        return jsonify({"webhooks": [_body(db, one) for one in webhooks(db, at=_now())]})


@blp.route("/webhooks/<webhook>")
@blp.response(200, WebhookAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def one_webhook(webhook: str) -> Response:
    """Get a webhook with what it did not take, and why."""
    with service().db.read() as db:
        found = find_webhook(db, webhook, at=_now())
        missed = [
            {
                "id": one.id,
                "seq": one.seq,
                "state": one.state,
                "attempts": one.attempts,
                "fault": one.fault,
                "at": _moment(one.at),
            }
            for one in undelivered(db, found.id)
        ]
        return jsonify(_body(db, found) | {"undelivered": missed})


@blp.route("/webhooks/<webhook>", methods=["PUT"])
@blp.response(200, RegisteredAnswer)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(WebhookInput, example=EXAMPLE)
def put_webhook(body: dict[str, Any], webhook: str) -> Response:
    """Register a webhook or change one; the same again changes nothing."""
    check_address(body["url"], private="webhook" in service().settings.private)
    secret = new_secret(secrets.token_bytes)
    with service().db.write() as db:
        is_new = register(
            db,
            webhook,
            url=body["url"],
            recipients=body["recipients"],
            secret=secret,
            renew=body["new_secret"],
            at=_now(),
        )
        found = _body(db, find_webhook(db, webhook, at=_now()))
    return jsonify(found | {"secret": secret if is_new else None})


@blp.route("/webhooks/<webhook>", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def remove_webhook(webhook: str) -> None:
    """Tell a webhook no more, and forget what it was told."""
    with service().db.write() as db:
        delete_webhook(db, webhook)


@blp.route("/webhooks/<webhook>/again", methods=["POST"])
@blp.response(200, AgainAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def again(webhook: str) -> Response:
    """Send again what was not taken, with the same ids; one that was gone is told again."""
    with service().db.write() as db:
        found = find_webhook(db, webhook, at=_now())
        return jsonify({"again": send_again(db, found.id, at=_now())})


def _now() -> int:
    """Return the real time: gateways know no other."""
    return to_seconds(real_time())


def _body(db: Connection, one: Webhook) -> dict[str, Any]:
    stand = stand_of(db, one.id)
    return {
        "slug": one.slug,
        "url": one.url,
        "recipients": one.recipients,
        "gone_at": _moment(one.gone_at),
        "waiting": stand.waiting,
        "sent": stand.sent,
        "dead": stand.dead,
        "not_taken": stand.not_taken,
        "not_taken_since": _moment(stand.since),
    }


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else rfc3339(from_seconds(seconds), zone("UTC"))
