"""The badge of one attendee, drawn when it is asked for."""

from functools import lru_cache
from typing import Any

import marshmallow as ma
from flask import Response
from sqlalchemy import Connection

from api.auth import requires
from api.inputs import Input
from api.private import kept
from api.rest import Blueprint
from api.service import service
from badges.code import Medium
from badges.face import Face, Occasion
from event.agenda.rows import load
from event.people.attendees import find
from event.people.badge_keys import CURRENT, badge_keys
from event.people.categories import categories
from event.people.codes import Signer, signer_of
from event.people.consents import present
from event.people.faces import face
from event.people.occasion import occasion_of

blp = Blueprint("Badges", __name__, url_prefix="/v1/attendees", description="Badges, one by one.")

LAYOUTS = ("a6", "a6-folded", "a7", "90x54", "cr80", "label-62")

TYPES = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}
"""Media types by kind."""


class Wanted(Input):
    """How it should look."""

    layout = ma.fields.String(
        load_default="a6",
        validate=ma.validate.OneOf(LAYOUTS),
        metadata={"description": "docs/badges.md has their sizes."},
    )


@blp.route("/<int:attendee_id>/badge.pdf")
@blp.response(200, content_type="application/pdf")
@blp.problems(401, 403, 404, 409, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(Wanted, location="query")
def badge_pdf(query: dict[str, Any], attendee_id: int) -> Response:
    """Get a badge to print; its code is that of the paper generation valid now."""
    return drawn(attendee_id, Medium.PAPER, "pdf", query["layout"])


@blp.route("/<int:attendee_id>/badge.svg")
@blp.response(200, content_type="image/svg+xml")
@blp.problems(401, 403, 404, 409, 422, 429)
@requires("organiser", "helpdesk")
@blp.arguments(Wanted, location="query")
def badge_svg(query: dict[str, Any], attendee_id: int) -> Response:
    """Look at the front of a badge before it is printed."""
    return drawn(attendee_id, Medium.PAPER, "svg", query["layout"])


def drawn(attendee_id: int, medium: Medium, kind: str, layout_name: str) -> Response:
    """Return the answer with a badge: kind is pdf, png or svg.

    Raises NotFound, and Conflict for somebody who does not come.
    """
    edition = service().publications.edition()
    with service().db.read() as db:
        person = find(db, attendee_id)
        said = present(db, attendee_id).get("photo")
        known = {item.slug: item for item in categories(db)}
        signs = signer(db)
    language = person.language or edition.agenda.event.languages[0]
    shown = face(
        person,
        signs,
        medium,
        categories=known,
        photo=said.given if said else None,
        language=language,
    )
    clock, database = edition.clock, service().settings.database
    shared = occasion(database, clock.epoch, clock.seq, language)
    key = repr((kind, layout_name, shared, shown))
    return kept(key, lambda: _draw(kind, shown, layout_name, shared), TYPES[kind])


def _draw(kind: str, shown: Face, layout_name: str, shared: Occasion) -> bytes | str:
    # Only now: a server that draws nothing needs none of these 15 MB.
    from badges import layout_file, pdf, picture, svg  # noqa: PLC0415

    layout = layout_file.load(layout_name)
    if kind == "pdf":
        return pdf.render([shown], layout, shared)
    return picture.png(shown, layout, shared) if kind == "png" else svg.svg(shown, layout, shared)


@lru_cache(maxsize=16)
def occasion(database: str, epoch: int, seq: int, language: str) -> Occasion:  # noqa: ARG001
    """Return what badges share, with the logo's bytes; they name one content of one database."""
    with service().db.read() as db:
        return occasion_of(load(db, public=True, media=True, sessions=False), language)


def signer(db: Connection) -> Signer:
    """Return what signs; only the very first badge of an event has to write."""
    folder, at = service().settings.home / "keys", service().seconds()
    if any(key.status == CURRENT for key in badge_keys(db)):
        return signer_of(db, folder, at=at)
    with service().db.write() as writing:
        return signer_of(writing, folder, at=at)
