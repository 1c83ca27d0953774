"""The first call of an app, and whether we are well."""

from datetime import datetime
from typing import Any

import marshmallow as ma
from flask import Response, g, jsonify, url_for

from api import bodies
from api.caching import public
from api.published import Edition
from api.rest import Blueprint
from api.routes.agenda import EventSchema
from api.routes.queries import Answer, LanguageQuery
from api.service import service
from api.shapes import Schema
from event.times import to_seconds

blp = Blueprint("Start", __name__, description="Where an app begins.")

CAPABILITIES = (
    "agenda", "changes", "icalendar", "schedule.xml", "schedule.json", "search", "sync", "outbox",
    "enrolment", "badges", "door",
)  # fmt: skip


class KeySchema(Schema):
    """A public key and what it verifies."""

    purpose = ma.fields.String(required=True)
    algorithm = ma.fields.String(required=True)
    public = ma.fields.String(required=True, metadata={"description": "32 bytes, base64url."})


class BootstrapAnswer(Answer):
    """All an app needs to know before its second call; it should ignore what it does not know."""

    event = ma.fields.Nested(EventSchema, required=True)
    languages = ma.fields.List(ma.fields.String(), required=True)
    feeds = ma.fields.Dict(
        required=True,
        keys=ma.fields.String(),
        values=ma.fields.String(),
        metadata={"description": "What can be fetched, and where."},
    )
    keys = ma.fields.List(ma.fields.Nested(KeySchema), required=True)
    capabilities = ma.fields.List(ma.fields.String(), required=True)
    minimum_app_version = ma.fields.String(required=True)
    server_time = ma.fields.AwareDateTime(
        required=True, metadata={"description": "The event's clock."}
    )


class HealthAnswer(Schema):
    """That it is well."""

    status = ma.fields.String(required=True, validate=ma.validate.OneOf(["ok"]))


def _this_second(_: Edition, now: datetime) -> int:
    return to_seconds(now)


@blp.route("/v1/bootstrap")
@blp.response(200, BootstrapAnswer)
@blp.problems(404, 422)
@public(boundary=_this_second)
@blp.arguments(LanguageQuery, location="query")
def bootstrap(_: dict[str, Any]) -> dict[str, Any]:
    """Get all an app needs first: event, languages, feeds, keys, capabilities, server time."""
    event = g.edition.agenda.event
    feeds = {
        "agenda": url_for("Agenda.agenda"),
        "venue": url_for("Venue.venue"),
        "announcements": url_for("News.announcements"),
        "changes": url_for("News.changes"),
        "schedule.xml": url_for("Feeds.schedule_xml_feed"),
        "schedule.json": url_for("Feeds.schedule_json_feed"),
        "agenda.ics": url_for("Feeds.agenda_ics"),
        "sync": url_for("Files.head"),
    }
    key = {"purpose": "feed", "algorithm": "Ed25519", "public": service().head().key}
    return bodies.head(g.edition, g.context) | {
        "event": bodies.event(g.edition.agenda, g.context),
        "languages": list(event.languages),
        "feeds": feeds,
        "keys": [key],
        "capabilities": list(CAPABILITIES),
        "minimum_app_version": event.minimum_app_version,
        "server_time": g.context.moment(g.now),
    }


@blp.route("/healthz")
@blp.response(200, HealthAnswer)
def healthz() -> Response:
    """Say that the process lives."""
    return _ok()


@blp.route("/readyz")
@blp.response(200, HealthAnswer)
@blp.problems(404, 503)
def readyz() -> Response:
    """Say that the database answers and holds an event."""
    with service().db.read():
        service().publications.edition()
    return _ok()


def _ok() -> Response:
    answer = jsonify({"status": "ok"})
    answer.headers["Cache-Control"] = "no-store"
    return answer
