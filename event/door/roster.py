"""What a door knows of badges: the few bytes of each holder that a decision needs."""

from typing import Any

from sqlalchemy import Connection, select

from event.door.decide import Badge, Key, Standing
from event.people.badge_keys import REVOKED, BadgeKey, badge_keys
from event.people.categories import categories
from event.people.model import EVERY_DAY, Status
from event.tables import attendee, holder


def keys_of(db: Connection) -> dict[int, Key]:
    """Return the keys that verify codes, by slot."""
    return {key.slot: key_of(key) for key in badge_keys(db)}


def key_of(key: BadgeKey) -> Key:
    """Return what verifies codes of a key."""
    return Key(key.raw, key.not_before, key.not_after, key.status == REVOKED)


def all_badges(db: Connection) -> dict[int, Badge]:
    """Return what is known of all holders, by number."""
    numbers = {item.slug: item.number for item in categories(db)}
    return {
        row.number: badge_of(row, numbers.get(row.category or "", 0)) for row in db.execute(_ALL)
    }


def badge_of(row: Any, category: int) -> Badge:
    """Return what a row of `BADGE`, which may hold more, says of a holder."""
    standing = Standing(0)
    if row.ended_at is not None or row.status == Status.CANCELLED:
        standing |= Standing.CANCELLED
    if row.status == Status.REPLACED:
        standing |= Standing.REPLACED
    if row.attendee_id is None and row.blank:
        standing |= Standing.BLANK
    for flag, is_set in (
        (Standing.LOOK_AT_ID, row.look_at_id),
        (Standing.MINOR, row.minor),
        (Standing.STAFF, row.category == "staff"),
        (Standing.NOTE, row.note),
    ):
        standing |= flag if is_set else Standing(0)
    days = EVERY_DAY if row.days is None else row.days
    return Badge(row.phone, row.paper, category, days, standing)


BADGE = (
    holder.c.number,
    holder.c.attendee_id,
    holder.c.blank,
    holder.c.phone,
    holder.c.paper,
    holder.c.ended_at,
    attendee.c.category,
    attendee.c.status,
    attendee.c.days,
    attendee.c.look_at_id,
    attendee.c.minor,
    attendee.c.note,
)
"""The columns of a holder and an attendee from which a badge follows."""
_ALL = select(*BADGE).select_from(holder).outerjoin(attendee, attendee.c.id == holder.c.attendee_id)
