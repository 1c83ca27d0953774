"""When each device was last heard, so that everybody sees what the counts may not know yet."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from event.tables import heard as table

COARSE = 10
"""Seconds within which a device that only asks need not be written down again."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The last that was heard of a device: when (UTC seconds), and what it then said of itself.

    `battery` is in per cent, `waiting` how many items it had not sent yet; None if it never said.
    """

    at: int
    battery: int | None = None
    waiting: int | None = None


def hear(
    db: Connection,
    device_id: int,
    *,
    at: int,
    battery: int | None = None,
    waiting: int | None = None,
) -> None:
    """Write down that a device was heard; what it does not say of itself stays as it was said."""
    row = {"device_id": device_id, "at": at, "battery": battery, "waiting": waiting}
    db.execute(_HEAR[db.dialect.name], row)


def is_news(db: Connection, device_id: int, *, at: int) -> bool:
    """Say whether it is `COARSE` seconds ago that a device was heard, or longer."""
    last = db.execute(_LAST, {"device": device_id}).scalar()
    return last is None or at >= last + COARSE


def all_heard(db: Connection) -> dict[int, Heard]:
    """Return what was last heard of each device, by its id."""
    rows = db.execute(select(table))
    return {row.device_id: Heard(row.at, row.battery, row.waiting) for row in rows}


_LAST = select(table.c.at).where(table.c.device_id == bindparam("device"))
_HEAR = {
    name: new.on_conflict_do_update(
        index_elements=["device_id"],
        set_={
            "at": case((new.excluded.at > table.c.at, new.excluded.at), else_=table.c.at),
            "battery": func.coalesce(new.excluded.battery, table.c.battery),
            "waiting": func.coalesce(new.excluded.waiting, table.c.waiting),
        },
    )
    for name, new in (("sqlite", sqlite.insert(table)), ("postgresql", postgresql.insert(table)))
}
