"""What is new: announcements and changes; and the texts the law asks for."""

from datetime import datetime
from typing import Any

import marshmallow as ma
from flask import g
from sqlalchemy import Connection, FromClause, select

from api import bodies
from api.auth import bearer
from api.caching import public
from api.changes import ChangeSchema, shown_change
from api.published import Edition
from api.rest import Blueprint
from api.routes.queries import Answer, ChangesQuery, LanguageQuery
from api.service import service
from api.shapes import SCHEMAS, shown
from event import tables
from event.agenda.model import Announcement, LegalText
from event.text import parse
from event.times import from_seconds, to_seconds
from sync.publish import Clock

blp = Blueprint("News", __name__, url_prefix="/v1", description="What became different.")


class AnnouncementsAnswer(Answer):
    """What is announced now, the newest first."""

    announcements = ma.fields.List(ma.fields.Nested(SCHEMAS[Announcement]), required=True)


class ChangesAnswer(Answer):
    """Changes after `since`, oldest first; ask again with `next` while `more` is true."""

    changes = ma.fields.List(ma.fields.Nested(ChangeSchema), required=True)
    next = ma.fields.Integer(required=True, metadata={"description": "Send it as `since`."})
    more = ma.fields.Boolean(required=True)


class LegalAnswer(Answer):
    """Privacy, photo notice, accessibility statement, imprint: those the event has."""

    legal = ma.fields.List(ma.fields.Nested(SCHEMAS[LegalText]), required=True)


def _last_boundary(edition: Edition, now: datetime) -> int:
    moments = [m for a in edition.agenda.announcements for m in (a.starts_at, a.expires_at) if m]
    return to_seconds(max((m for m in moments if m <= now), default=from_seconds(0)))


@blp.route("/announcements")
@blp.response(200, AnnouncementsAnswer)
@blp.problems(404, 422)
@public(boundary=_last_boundary)
@blp.arguments(LanguageQuery, location="query")
def announcements(_: dict[str, Any]) -> dict[str, Any]:
    """Get what is announced now."""
    edition, at = g.edition, g.now
    current = [
        shown(item, g.context)
        for item in reversed(edition.agenda.announcements)
        if item.starts_at <= at and (item.expires_at is None or at < item.expires_at)
    ]
    current.sort(key=lambda item: item["starts_at"], reverse=True)
    return bodies.head(edition, g.context) | {"announcements": current}


@blp.route("/changes")
@blp.response(200, ChangesAnswer)
@blp.problems(401, 404, 422, 429)
@public(boundary=_last_boundary, organisers=True)
@blp.arguments(ChangesQuery, location="query")
def changes(query: dict[str, Any]) -> dict[str, Any]:
    """Get what changed since a publish: moved, cancelled, added, … with old and new values.

    Organisers also get what only some may know of, and announcements to come.
    """
    edition: Edition = g.edition
    sees_all = (found := bearer()) is not None and found.role == "organiser"
    table = tables.change if sees_all else tables.public_change
    with service().db.read() as db:
        rows, more = _changes(db, table, edition.clock, query["since"], query["limit"])
    following = rows[-1]["seq"] if more else edition.clock.seq
    shown_now = (row for row in rows if sees_all or not _is_to_come(row, edition, g.now))
    return bodies.head(edition, g.context) | {
        "changes": [shown_change(row, g.context) for row in shown_now],
        "next": following,
        "more": more,
    }


@blp.route("/legal")
@blp.response(200, LegalAnswer)
@blp.problems(404, 422)
@public()
@blp.arguments(LanguageQuery, location="query")
def legal(_: dict[str, Any]) -> dict[str, Any]:
    """Get the privacy notice, photo notice, accessibility statement and imprint."""
    texts = [shown(item, g.context) for item in g.edition.agenda.legal]
    return bodies.head(g.edition, g.context) | {"legal": texts}


def _is_to_come(row: Any, edition: Edition, now: datetime) -> bool:
    """Say whether a record speaks of an announcement that is not to be known yet."""
    if row["subject"] != "announcement":
        return False
    latest = max((parse(row[side]).get("starts_at", 0) for side in ("old", "new")), default=0)
    waiting = {item.id for item in edition.agenda.announcements if item.starts_at > now}
    return row["subject_id"] in waiting or latest > to_seconds(now)


def _changes(
    db: Connection, table: FromClause, clock: Clock, since: int, limit: int
) -> tuple[list[Any], bool]:
    """Return the records of whole publishes, about `limit` of them, and whether there are more."""
    in_order = select(table).order_by(table.c.seq, table.c.number)
    wanted = in_order.where(
        table.c.epoch == clock.epoch, table.c.seq > since, table.c.seq <= clock.seq
    )
    rows = list(db.execute(wanted.limit(limit + 1)).mappings())
    if len(rows) <= limit:
        return rows, False
    cut = rows[-1]["seq"]
    whole = [row for row in rows if row["seq"] != cut]
    if whole:
        return whole, True
    alone = in_order.where(table.c.epoch == clock.epoch, table.c.seq == cut)
    return list(db.execute(alone).mappings()), cut < clock.seq
