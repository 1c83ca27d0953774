"""When each device was last heard, so that everybody sees what the counts may not know yet."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from event.door.gates import Gate, rules_of
from event.people.enrolment import Device, scanners
from event.tables import heard as table
from event.tables import scan

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


def unheard(db: Connection, item: Gate, *, after: int) -> list[Device]:
    """Return the devices of a gate that may hold scans from before a moment (UTC seconds).

    None means that all was heard: only then is it known who did not come. A device counts that was
    not heard since, or had items left to send when it was. Those of a gate are phones enrolled for
    it or for all gates, and whatever else has scanned there; not those that are locked out, nor
    those whose shift was over before the gate opened.
    """
    opens_at = rules_of(db, item).opens_at
    last, used = all_heard(db), set(db.execute(_USED, {"gate": item.id}).scalars())
    return [
        one
        for one in scanners(db)
        if one.revoked_at is None
        and (one.uuid in used or (one.role == "gate" and item.slug in (one.gates or [item.slug])))
        and not (opens_at is not None and one.shift_ends_at and one.shift_ends_at <= opens_at)
        and not _has_told(one, last.get(one.id), after)
    ]


def _has_told(one: Device, heard: Heard | None, after: int) -> bool:
    """Say whether a device had nothing left to send at a moment, or when its shift was over."""
    needed = after if one.shift_ends_at is None else min(after, one.shift_ends_at)
    return heard is not None and heard.at >= needed and not heard.waiting


_USED = select(scan.c.device).distinct().where(scan.c.gate_id == bindparam("gate"))
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
