"""Announcements begin: a publish of their own, so that phones wake and their audience is told."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, or_, select

from event import tables
from event.agenda.model import EVERYONE, PUBLIC
from event.database import Database
from event.text import parse
from event.times import to_seconds
from sync.changes import Change
from sync.publish import Clock, publish

BY = "organiser/"
"""Who starts them: some organiser said when."""


def start_announcements(database: Database, *, at: datetime, issued_at: datetime) -> Clock | None:
    """Publish that announcements have begun, each once; None when none has.

    Those that were published in force were told then; those that expired meanwhile never are.
    """
    with database.read() as db:
        if not _begun(db, at):
            return None
    done = publish(
        database, lambda _: None, at=at, by=BY, issued_at=issued_at, also=lambda tx: _begun(tx, at)
    )
    return done.clock


def _begun(db: Connection, at: datetime) -> list[Change]:
    """Return a record for each announcement in force of which none says so."""
    return [
        Change(
            kind="started",
            subject="announcement",
            subject_id=row.id,
            session_id=None,
            old={},
            new={"title": parse(row.title), "starts_at": row.starts_at},
            audience=audience,
            visibility=PUBLIC if audience == EVERYONE else audience,
        )
        for row in db.execute(_BEGUN, {"now": to_seconds(at)})
        for audience in [tuple(parse(row.audience))]
    ]


_TABLE, _CHANGE = tables.announcement, tables.change
_BEGUN = (
    select(_TABLE.c.id, _TABLE.c.title, _TABLE.c.starts_at, _TABLE.c.audience)
    .where(
        _TABLE.c.starts_at <= bindparam("now"),
        or_(_TABLE.c.expires_at.is_(None), _TABLE.c.expires_at > bindparam("now")),
        # The first publish is the agenda itself: what was in force by then is no news.
        exists().where(tables.publish.c.at < _TABLE.c.starts_at),
        ~exists().where(
            _CHANGE.c.subject == "announcement",
            _CHANGE.c.subject_id == _TABLE.c.id,
            _CHANGE.c.at >= _TABLE.c.starts_at,
        ),
    )
    .order_by(_TABLE.c.starts_at, _TABLE.c.id)
)
