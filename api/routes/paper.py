"""The agenda on paper, for walls and for the help desk."""

from collections.abc import Sequence
from typing import Any

from flask import g
from sqlalchemy import select

from api.caching import public
from api.languages import ALL
from api.rest import Blueprint
from api.routes.queries import LanguageQuery
from api.service import service
from badges.face import Occasion
from event import tables
from event.agenda.model import Room
from event.errors import NotFound
from event.people.occasion import occasion_of
from event.text import parse

blp = Blueprint("Paper", __name__, url_prefix="/v1", description="PDFs to print.")

PDF = "application/pdf"
MOST = 500
"""Changes in a list, the newest."""


@blp.route("/rooms/sheets.pdf")
@blp.response(200, content_type=PDF)
@blp.problems(404, 414, 422)
@public(content_type=PDF)
@blp.arguments(LanguageQuery, location="query")
def all_sheets(_: dict[str, Any]) -> bytes:
    """Get a sheet for each room's door and day, in one PDF."""
    return _sheets(g.edition.agenda.rooms)


@blp.route("/rooms/<int:room_id>/sheet.pdf")
@blp.response(200, content_type=PDF)
@blp.problems(404, 414, 422)
@public(content_type=PDF)
@blp.arguments(LanguageQuery, location="query")
def sheet(_: dict[str, Any], room_id: int) -> bytes:
    """Get the sheets for one room's door."""
    rooms = [room for room in g.edition.agenda.rooms if room.id == room_id]
    if not rooms:
        raise NotFound(f"There is no room {room_id}; look it up in GET /v1/agenda.")
    return _sheets(rooms)


@blp.route("/changes.pdf")
@blp.response(200, content_type=PDF)
@blp.problems(404, 414, 422)
@public(content_type=PDF)
@blp.arguments(LanguageQuery, location="query")
def changes(_: dict[str, Any]) -> bytes:
    """Get what changed as a list for the help desk, newest first."""
    from event.agenda.paper import change_list  # noqa: PLC0415  # only who prints needs it

    table, clock = tables.public_change, g.edition.clock
    wanted = (
        select(table)
        .where(table.c.epoch == clock.epoch, table.c.seq <= clock.seq)
        .where(table.c.subject.in_(("session", "part")))
        .order_by(table.c.seq.desc(), table.c.number)
        .limit(MOST)
    )
    with service().db.read() as db:
        found = [
            dict(row) | {name: parse(row[name]) for name in ("old", "new", "reason")}
            for row in db.execute(wanted).mappings()
        ]
    return change_list(g.edition.agenda, found, _occasion())


def _sheets(rooms: Sequence[Room]) -> bytes:
    from event.agenda.paper import room_sheets  # noqa: PLC0415  # only who prints needs it

    return room_sheets(g.edition.agenda, rooms, _occasion())


def _occasion() -> Occasion:
    asked = g.context.language
    agenda = g.edition.agenda
    return occasion_of(agenda, agenda.event.languages[0] if asked == ALL else asked)
