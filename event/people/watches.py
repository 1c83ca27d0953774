"""Watches: who wants to be told when somebody arrives."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from event.database import take_turns
from event.people.attendees import find
from event.tables import holder, passage, watch


@dataclass(frozen=True, slots=True)
class Watch:
    """A wish to be told; `arrived_at` is null until a door lets them in. UTC seconds.

    It follows from what they passed, so that scans have nothing to do for it, and an undone one or
    an earlier one of a door that was away corrects it.
    """

    attendee_id: int
    asked_at: int
    arrived_at: int | None


def add_watch(db: Connection, attendee_id: int, *, by: str, at: int) -> None:
    """Note the wish once, however often it is said. Raises NotFound."""
    take_turns(db)
    find(db, attendee_id)
    key = {"attendee": attendee_id, "by": by}
    if db.execute(_ONE, key).first() is None:
        db.execute(watch.insert(), {"attendee_id": attendee_id, "by": by, "asked_at": at})


def end_watch(db: Connection, attendee_id: int, *, by: str) -> None:
    """Forget the wish, if there is one."""
    db.execute(_END, {"attendee": attendee_id, "by": by})


def watches(db: Connection, *, by: str) -> list[Watch]:
    """Return somebody's wishes, those asked last first."""
    rows = db.execute(_MINE, {"by": by})
    return [Watch(row.attendee_id, row.asked_at, row.arrived_at) for row in rows]


_IS = (watch.c.attendee_id == bindparam("attendee"), watch.c.by == bindparam("by"))
_ONE = select(watch.c.attendee_id).where(*_IS)
_END = watch.delete().where(*_IS)
_FIRST = (
    # Practice leaves no passage.
    select(func.min(passage.c.first_at) // 1000)
    .join(holder, holder.c.number == passage.c.holder)
    .where(holder.c.attendee_id == watch.c.attendee_id)
    .scalar_subquery()
)
_MINE = (
    select(watch.c.attendee_id, watch.c.asked_at, _FIRST.label("arrived_at"))
    .where(watch.c.by == bindparam("by"))
    .order_by(watch.c.asked_at.desc(), watch.c.attendee_id)
)
