"""My contact card, to give to whom I meet: as a file, or as a QR code on my phone."""

from flask import Response

from api.auth import own, requires
from api.private import kept
from api.rest import Blueprint
from api.service import service
from event.errors import Conflict
from event.formats.vcard import vcard
from event.people.attendees import find
from event.schedule.directory import profile

blp = Blueprint("Card", __name__, url_prefix="/v1/me", description="My contact card.")

LARGEST = 2_331
"""Bytes in a QR code of correction M (ISO/IEC 18004, table 7)."""


@blp.route("/card.vcf")
@blp.response(200, content_type="text/vcard")
@blp.problems(401, 403, 404, 409, 429)
@requires("attendee")
def card_vcf() -> Response:
    """Get my contact card, with the fields of my profile, as vCard 4.0."""
    card = _card()
    return kept(card, lambda: card, "text/vcard; charset=utf-8")


@blp.route("/card.svg")
@blp.response(200, content_type="image/svg+xml")
@blp.problems(401, 403, 404, 409, 429)
@requires("attendee")
def card_svg() -> Response:
    """Get my contact card as a QR code."""
    from badges import qr  # noqa: PLC0415  # only who shows a code needs it

    card = _small_card()
    return kept(f"svg {card}", lambda: qr.svg(card), "image/svg+xml")


@blp.route("/card.png")
@blp.response(200, content_type="image/png")
@blp.problems(401, 403, 404, 409, 429)
@requires("attendee")
def card_png() -> Response:
    """Get my contact card as a QR code, as a picture."""
    from badges import qr  # noqa: PLC0415  # only who shows a code needs it

    card = _small_card()
    return kept(f"png {card}", lambda: qr.png(card), "image/png")


def _card() -> str:
    with service().db.read() as db:
        return vcard(find(db, own()), profile(db, own()))


def _small_card() -> str:
    card = _card()
    if len(card.encode()) > LARGEST:
        raise Conflict("Your card is too long for a QR code; choose fewer fields.")
    return card
