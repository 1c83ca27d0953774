"""Bookmarks: the sessions somebody wants to see, as registers of what their phones say."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, bindparam, select

from event.schedule.registers import later, latest
from event.tables import bookmark, session


@dataclass(frozen=True, slots=True)
class Word:
    """That somebody marked a session (1) or no longer (0), when and in which outbox item."""

    attendee_id: int
    session_id: int
    marked: int
    t_est: int
    item: str = ""


def say(db: Connection, words: Sequence[Word]) -> None:
    """Take what phones say, in any order and however often; of no session it is left alone."""
    known = set(db.execute(_KNOWN, {"ids": [word.session_id for word in words]}).scalars())
    rows = [asdict(word) for word in sorted(words, key=_key) if word.session_id in known]
    if rows:
        db.execute(_LATER[db.dialect.name], rows)


def mark(db: Connection, attendee_id: int, session_id: int, *, on: bool, at: int) -> None:
    """Mark a session or no longer, after all that was said before; `at` in milliseconds."""
    db.execute(_LATEST[db.dialect.name], asdict(Word(attendee_id, session_id, int(on), at)))


def marked(db: Connection, attendee_id: int) -> list[int]:
    """Return the ids of the sessions somebody has marked."""
    return list(db.execute(_MARKED, {"attendee": attendee_id}).scalars())


def _key(word: Word) -> tuple[int, int]:
    # In one order everywhere: transactions that share rows must not wait in a circle.
    return word.attendee_id, word.session_id


_LATER, _LATEST = later(bookmark), latest(bookmark)
_KNOWN = select(session.c.id).where(session.c.id.in_(bindparam("ids", expanding=True)))
_MARKED = (
    select(bookmark.c.session_id)
    .where(bookmark.c.attendee_id == bindparam("attendee"), bookmark.c.marked == 1)
    .order_by(bookmark.c.session_id)
)
