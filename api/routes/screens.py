"""Screens beside the rooms' doors: pages that a television shows."""

from datetime import datetime
from typing import Any

from flask import Response, g, render_template

from api.caching import public
from api.languages import ALL
from api.published import Edition
from api.rest import Blueprint
from api.routes.pages import POLICY, WEB
from api.routes.queries import LanguageQuery
from api.screens import recent, screen
from api.service import service
from event.errors import NotFound
from event.times import to_seconds

blp = Blueprint(
    "Screens", __name__, url_prefix="/v1", description="For a television beside a room's door.",
    template_folder=str(WEB / "screen"),
)  # fmt: skip

HTML = "text/html; charset=utf-8"


@blp.after_request
def guard(answer: Response) -> Response:
    """Let nothing run but our own files."""
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _minute(_: Edition, now: datetime) -> int:
    return to_seconds(now) // 60 * 60


@blp.route("/rooms/<int:room_id>/screen")
@blp.response(200, content_type=HTML)
@blp.problems(404, 414, 422)
@public(boundary=_minute, content_type=HTML)
@blp.arguments(LanguageQuery, location="query")
def room_screen(query: dict[str, Any], room_id: int) -> bytes:
    """Show what is on and next in a room, and what changed; it keeps itself up to date.

    In the event's languages, or in `?lang=` alone.
    """
    agenda = g.edition.agenda
    room = next((one for one in agenda.rooms if one.id == room_id), None)
    if room is None:
        raise NotFound(f"There is no room {room_id}; look it up in GET /v1/agenda.")
    known = agenda.event.languages
    languages = [g.context.language] if query.get("lang", ALL) != ALL else known[:2]
    with service().db.read() as db:
        changes = recent(db, g.edition.clock, at=to_seconds(g.now))
    shown = screen(agenda, room, changes, languages=languages, at=g.now)
    return render_template("screen.html", **shown).encode()
