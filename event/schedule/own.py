"""What is somebody's own, gathered from the database for their schedule."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from event.agenda.model import EVERYONE, PUBLIC, Agenda, Announcement, Session
from event.agenda.rows import load_announcements, load_session
from event.errors import NotFound
from event.people.attendees import find
from event.schedule.appointments import appointments
from event.schedule.bookings import bookings_of
from event.schedule.bookmarks import marked
from event.schedule.schedule import Mine
from event.schedule.speaking import speakers_of
from event.tables import session
from event.text import dump, parse


def mine(db: Connection, attendee_id: int) -> Mine:
    """Return what makes an attendee's schedule their own. Raises NotFound."""
    return Mine(
        category=find(db, attendee_id).category,
        speakers=speakers_of(db, attendee_id),
        bookmarks=frozenset(marked(db, attendee_id)),
        bookings={one.session_id: one for one in bookings_of(db, attendee_id)},
        meetings=appointments(db, attendee_id),
    )


def restricted(db: Connection, category: str) -> tuple[Session, ...]:
    """Return the sessions of which not everybody may know but a category may, drafts excepted."""
    return tuple(
        load_session(db, row.id)
        for row in db.execute(_RESTRICTED)
        if category in parse(row.visibility)
    )


def announced(db: Connection, category: str, *, at: datetime) -> tuple[Announcement, ...]:
    """Return what is announced to a category at a moment, and not to everyone."""
    return tuple(
        item
        for item in load_announcements(db)
        if category in item.audience
        and item.audience != EVERYONE
        and item.starts_at <= at
        and (item.expires_at is None or at < item.expires_at)
    )


def check_known(db: Connection, session_id: int, category: str) -> None:
    """Raise NotFound unless somebody of a category may know of a session."""
    row = db.execute(_VISIBILITY, {"wanted": session_id}).first()
    seen = () if row is None or row.state == "draft" else parse(row.visibility)
    if not {*PUBLIC, category}.intersection(seen):
        raise NotFound(f"There is no session {session_id}; look at the agenda.")


def known(agenda: Agenda, more: tuple[Session, ...]) -> tuple[Session, ...]:
    """Return the published sessions and those that are not public, each once."""
    public = {one.id for one in agenda.sessions}
    return agenda.sessions + tuple(one for one in more if one.id not in public)


_RESTRICTED = (
    select(session.c.id, session.c.visibility)
    .where(session.c.visibility != dump(list(PUBLIC)), session.c.state != "draft")
    .order_by(session.c.id)
)
_VISIBILITY = select(session.c.state, session.c.visibility).where(
    session.c.id == bindparam("wanted")
)
