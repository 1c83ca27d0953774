"""What is new: announcements and changes; and the texts the law asks for."""

from datetime import datetime
from typing import Any

import marshmallow as ma
from flask import g
from sqlalchemy import Connection, FromClause, select

from api import bodies
from api.auth import bearer
from api.caching import public
from api.published import Edition
from api.rest import Blueprint
from api.routes.queries import Answer, ChangesQuery, LanguageQuery
from api.service import service
from api.shapes import SCHEMAS, Context, Schema, Words, shown
from event import tables
from event.agenda.model import Announcement, LegalText
from event.text import parse
from event.times import from_seconds, to_seconds
from sync.changes import KINDS, SUBJECTS
from sync.feed import JSON_COLUMNS
from sync.publish import Clock

blp = Blueprint("News", __name__, url_prefix="/v1", description="What became different.")


class AnnouncementsAnswer(Answer):
    """What is announced now, the newest first."""

    announcements = ma.fields.List(ma.fields.Nested(SCHEMAS[Announcement]), required=True)


class ChangeSchema(Schema):
    """One thing that became different; `old` and `new` hold the fields that did."""

    seq = ma.fields.Integer(required=True, metadata={"description": "Publish it came with."})
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    subject = ma.fields.String(required=True, validate=ma.validate.OneOf(SUBJECTS))
    id = ma.fields.Integer(required=True, metadata={"description": "Id of the subject."})
    session_id = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The session it is, or is a part of."},
    )
    old = ma.fields.Dict(required=True)
    new = ma.fields.Dict(required=True)
    reason = Words(required=True)
    at = ma.fields.AwareDateTime(required=True)
    by = ma.fields.String(required=True, metadata={"description": "Role of who did it."})


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


def shown_change(row: Any, context: Context) -> dict[str, Any]:
    """Return a row of `change` as the API shows it."""
    return {
        "seq": row["seq"],
        "kind": row["kind"],
        "subject": row["subject"],
        "id": row["subject_id"],
        "session_id": row["session_id"],
        "old": _values(row["subject"], parse(row["old"]), context),
        "new": _values(row["subject"], parse(row["new"]), context),
        "reason": context.words(parse(row["reason"])),
        "at": context.moment(from_seconds(row["at"])),
        # The records know who it was; the public learns only the role.
        "by": row["by"].partition("/")[0],
    }


def _values(subject: str, values: dict[str, Any], context: Context) -> dict[str, Any]:
    def value(name: str, raw: Any) -> Any:
        if raw is not None and name in {"starts_at", "ends_at", "expires_at"}:
            return context.moment(from_seconds(raw))
        if name in JSON_COLUMNS[subject] and isinstance(raw, dict):
            return context.words(raw)
        return raw

    return {name: value(name, raw) for name, raw in values.items()}
