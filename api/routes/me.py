"""What somebody sees and says of themselves, with the token of their own phone."""

from typing import Any

from flask import Response, g

from api.auth import own, requires
from api.caching import dumped
from api.people import (
    PURPOSE,
    ConsentInput,
    ConsentsAnswer,
    MeSchema,
    shown_consents,
    shown_to_self,
)
from api.private import kept
from api.rest import Blueprint
from api.routes.badge import drawn
from api.service import service
from badges.code import Medium
from event.people.attendees import find
from event.people.consents import Answer, answer, history
from event.people.enrolment import sign_out
from event.told.subscriptions import unsubscribe

blp = Blueprint("Me", __name__, url_prefix="/v1/me", description="For an attendee’s own phone.")


@blp.route("")
@blp.response(200, MeSchema)
@blp.problems(401, 403, 404, 429)
@requires("attendee")
def me() -> Response:
    """Get who I am here."""
    with service().db.read() as db:
        person = find(db, own())
    body = dumped(shown_to_self(person)).decode()
    return kept(body, lambda: body, "application/json")


@blp.route("/consents")
@blp.response(200, ConsentsAnswer)
@blp.problems(401, 403, 404, 429)
@requires("attendee")
def consents() -> Response:
    """Get what I said yes and no to."""
    with service().db.read() as db:
        return shown_consents(history(db, own()))


@blp.route(f"/consents/{PURPOSE}", methods=["PUT"])
@blp.response(200, ConsentsAnswer)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("attendee")
@blp.arguments(ConsentInput, example={"given": False, "text_version": "2025-05", "language": "pl"})
def consent(body: dict[str, Any], purpose: str) -> Response:
    """Say yes or no; no is as easy as yes, at any time."""
    said = Answer(purpose, at=service().seconds(), by=g.bearer.by, **body)
    with service().db.write() as db:
        answer(db, own(), said)
        return shown_consents(history(db, own()))


@blp.route("/badge.png")
@blp.response(200, content_type="image/png")
@blp.problems(401, 403, 404, 409, 429)
@requires("attendee")
def badge_png() -> Response:
    """Get my badge for a phone's screen."""
    return drawn(own(), Medium.PHONE, "png", "phone")


@blp.route("/badge.svg")
@blp.response(200, content_type="image/svg+xml")
@blp.problems(401, 403, 404, 409, 429)
@requires("attendee")
def badge_svg() -> Response:
    """Get my badge for a phone's screen, as a drawing."""
    return drawn(own(), Medium.PHONE, "svg", "phone")


@blp.route("/badge.pdf")
@blp.response(200, content_type="application/pdf")
@blp.problems(401, 403, 404, 409, 429)
@requires("attendee")
def badge_pdf() -> Response:
    """Get my badge to keep or print at home; its code is the phone's."""
    return drawn(own(), Medium.PHONE, "pdf", "a6")


@blp.route("/token", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 429)
@requires("attendee")
def end_token() -> None:
    """Sign this phone out: its token ends at once, and nothing wakes it; my link still works."""
    own()
    with service().db.write() as db:
        unsubscribe(db, g.bearer.device_id)
        sign_out(db, g.bearer.device_id, at=service().seconds())
