"""The door feed: what a device at a door needs to decide alone, in a few bytes a person.

Its rows follow from the database and are compared with what was last published, in a transaction
that only reads: scans never wait for it, and a burst of them is one publish.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
)

from event import tables
from event.database import Database
from event.door.decide import Standing
from event.door.gates import event_days, gates, rules_of
from event.door.incidents import DOUBLE
from event.door.known import BOOKED
from event.errors import NotFound
from event.people.badge_keys import badge_keys
from event.people.categories import KNOWN, categories
from event.people.enrolment import IS_SCANNER
from event.people.model import EVERY_DAY, Status
from event.tables import DOOR as COPIES
from event.tables import (
    attendee,
    booking,
    category,
    device,
    door_number,
    heard,
    holder,
    incident,
    passage,
)
from event.text import dump
from event.times import to_seconds
from sync.feed import Difference, Feed, compare
from sync.publish import Clock, locked_clock, move_on, read_clock, step_from

HEARD = 60
"""Seconds to which the feed says when a device was heard: being heard is one publish a minute."""
BIAS = 2**31
"""What is taken from a holder's number, so that half of them need fewer bytes in a snapshot."""
_SLOT = re.compile(r"([A-Z])-([0-9]{1,6})")
_LETTERS = 26


def publish_door(database: Database, *, at: datetime, issued_at: datetime) -> Clock:
    """Publish what became different at the doors, if anything did; return where their feed stands.

    Without an event nothing is published. Two processes at once publish it once.
    """
    with database.read() as db:
        is_numbered = db.execute(_UNNUMBERED.limit(1)).first() is None
    if not is_numbered:
        with database.write() as db:
            locked_clock(db, DOOR)
            db.execute(_NUMBER)
    with database.read() as db:
        before, found = read_clock(db, DOOR), differences(db, at=to_seconds(at))
    if not found:
        return before
    step = step_from(DOOR, before, found)
    with database.write(aside=True) as db:
        clock = locked_clock(db, DOOR)
        if (clock.epoch, clock.seq) != (before.epoch, before.seq):
            return clock  # another process was faster
        return move_on(db, DOOR, clock, step, at=at, issued_at=issued_at)


def differences(db: Connection, *, at: int) -> list[Difference]:
    """Return how what doors should know differs from what was last published; UTC seconds."""
    try:
        few = _few(db, at)
    except NotFound:
        return []
    found = [d for name, rows in few.items() for d in _compared(db, name, rows)]
    for one in _MANY:
        found += [_with_slot(d) for d in one.came(db)]
        found += one.went(db)
    return found


def slot_number(text: str) -> int | None:
    """Return a box slot as a number: C-214 is 214 times 26 plus 2; None for anything else."""
    slot = _SLOT.fullmatch(text)
    return int(slot[2]) * _LETTERS + ord(slot[1]) - ord("A") if slot else None


def _few(db: Connection, at: int) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the tables that have few. Raises NotFound without an event."""
    days = dump(event_days(db))
    known = categories(db)
    numbers = {item.slug: item.number for item in known}
    return {
        "event": [dict(row) | {"days": days} for row in db.execute(_EVENT).mappings()],
        "key": [
            {
                "slot": key.slot,
                "public": key.public,
                "not_before": key.not_before,
                "not_after": key.not_after,
                "status": key.status,
            }
            for key in badge_keys(db)
        ],
        "category": [asdict(item) | {"name": dump(item.name)} for item in known],
        "gate": [_gate(db, item, numbers) for item in gates(db)],
        "cleared": [dict(row) for row in db.execute(_CLEARED).mappings()],
        "device": [dict(row) for row in db.execute(_DEVICES, {"at": at}).mappings()],
    }


def _gate(db: Connection, item: Any, numbers: Mapping[str, int]) -> dict[str, Any]:
    rules = rules_of(db, item)
    return {
        "id": item.id,
        "slug": item.slug,
        "name": dump(item.name),
        "policy": str(rules.policy),
        "categories": dump(sorted(numbers[slug] for slug in item.categories)),
        "days": rules.days,
        "opens_at": rules.opens_at,
        "closes_at": rules.closes_at,
        "capacity": rules.capacity,
        "needs_booking": int(rules.needs_booking),
        "departure": int(item.departure),
        "free_flow": int(rules.free_flow),
        "ended": int(rules.ended),
        "position": item.position,
    }


def _compared(db: Connection, name: str, rows: Iterable[dict[str, Any]]) -> list[Difference]:
    copy = COPIES[name]
    (key,) = (column.name for column in copy.primary_key)
    old = {row[key]: dict(row) for row in db.execute(select(copy)).mappings()}
    new = {row[key]: row for row in rows}
    changed = sorted(number for number in {*old, *new} if old.get(number) != new.get(number))
    return [Difference(name, (n,), old.get(n), new.get(n)) for n in changed]


def _with_slot(found: Difference) -> Difference:
    if found.table != "badge" or found.new is None:
        return found
    return replace(found, new={**found.new, "slot": slot_number(found.new["box_slot"])})


def _flag(condition: ColumnElement[bool], standing: Standing) -> ColumnElement[int]:
    return case((condition, int(standing)), else_=0)


def _packed() -> ColumnElement[int]:
    """Return what a door knows of a badge as one number; `event.door.roster` says the same."""
    none, person = holder.c.ended_at, attendee.c
    always = case({item.slug: item.number for item in KNOWN}, value=person.category, else_=0)
    standing = (
        _flag(person.look_at_id == 1, Standing.LOOK_AT_ID)
        + _flag(person.minor == 1, Standing.MINOR)
        + _flag(person.category == "staff", Standing.STAFF)
        + _flag(and_(person.id.is_(None), holder.c.blank == 1), Standing.BLANK)
        + _flag(or_(none.is_not(None), person.status == Status.CANCELLED), Standing.CANCELLED)
        + _flag(person.status == Status.REPLACED, Standing.REPLACED)
        + _flag(person.note != "", Standing.NOTE)
    )
    # What most have alike comes to 0 and stands high: a snapshot of 5,000 is 4 kB smaller.
    return (
        # 1, what most are, is 0 here, and none is 255.
        (func.coalesce(category.c.number, always) + 255) % 256
        + standing * 2**8
        + (EVERY_DAY - func.coalesce(person.days, EVERY_DAY)) * literal(2**15)
        + (holder.c.phone - 1) * literal(2**31)
        + (holder.c.paper - 1) * literal(2**38)
    )


_BADGES = (
    select(
        door_number.c.n,
        (door_number.c.holder - BIAS).label("holder"),
        _packed().label("packed"),
        func.coalesce(attendee.c.box_slot, "").label("box_slot"),
    )
    .join(holder, holder.c.number == door_number.c.holder)
    .outerjoin(attendee, attendee.c.id == holder.c.attendee_id)
    .outerjoin(category, category.c.slug == attendee.c.category)
)
_HERE = (
    cast(passage.c.gate_id, Text)
    + ","
    + cast(passage.c.last_at // 60_000, Text)
    + ","
    + cast(
        passage.c.inside
        + 2 * (passage.c.days % 2**16)
        # Whoever goes out by another door within the minute they came in has gone out.
        + 2**17 * (1 - passage.c.inside) * (passage.c.last_at // 1000 % 60),
        Text,
    )
)
_PASSAGES = (
    select(
        door_number.c.n,
        (
            "["
            + func.aggregate_strings(_HERE, ",").over(
                partition_by=door_number.c.n, order_by=passage.c.gate_id, rows=(None, None)
            )
            + "]"
        ).label("gates"),
    )
    .distinct()
    .join(door_number, door_number.c.holder == passage.c.holder)
    .where(passage.c.entries > 0)
)
_BOOKED = (
    select(tables.gate.c.id.label("gate_id"), door_number.c.n)
    .join(booking, booking.c.session_id == tables.gate.c.session_id)
    .join(holder, holder.c.attendee_id == booking.c.attendee_id)
    .join(door_number, door_number.c.holder == holder.c.number)
    .where(
        booking.c.state == BOOKED,
        or_(tables.gate.c.needs_booking == 1, tables.gate.c.departure == 1),
    )
)
_DOUBLES = (
    select(incident.c.gate_id, door_number.c.n, func.max(incident.c.at // 60_000 * 60).label("at"))
    .join(door_number, door_number.c.holder == incident.c.holder)
    .where(incident.c.kind == DOUBLE, incident.c.resolved_at.is_(None))
    .group_by(incident.c.gate_id, door_number.c.n)
)
_MANY = [
    compare("badge", COPIES["badge"], _BADGES),
    compare("passage", COPIES["passage"], _PASSAGES),
    compare("booked", COPIES["booked"], _BOOKED),
    compare("double", COPIES["double"], _DOUBLES),
]

DOOR = Feed(
    name="door",
    schema=1,
    tables=COPIES,
    key="door",
    prefix="door-",
    log_age=timedelta(0),
    poll=(2, 2),
)
"""What devices at doors may read: keys, gates, badges as numbers, who passed where."""

_EVENT = select(tables.event.c.id, tables.event.c.uuid, tables.event.c.timezone)
_CLEARS = (
    select(func.coalesce(tables.scan.c.gate_id, 0).label("gate_id"), tables.scan.c.t_est)
    .where(tables.scan.c.kind == "clear")
    .subquery()
)
_CLEARED = select(_CLEARS.c.gate_id, func.max(_CLEARS.c.t_est).label("at")).group_by(
    _CLEARS.c.gate_id
)
_DEVICES = (
    select(device.c.id, device.c.label, (heard.c.at - heard.c.at % HEARD).label("heard_at"))
    .join(heard, heard.c.device_id == device.c.id)
    # Whoever went home with nothing left to send is not missed.
    .where(
        IS_SCANNER,
        device.c.revoked_at.is_(None),
        or_(
            device.c.shift_ends_at.is_(None),
            device.c.shift_ends_at > bindparam("at"),
            heard.c.waiting > 0,
        ),
    )
)
_UNNUMBERED = (
    select(holder.c.number)
    .outerjoin(door_number, door_number.c.holder == holder.c.number)
    .where(door_number.c.n.is_(None))
)
_NUMBER = insert(door_number).from_select(
    ["n", "holder"],
    # In the order of holders: neighbours are alike then, and compress better.
    select(
        select(func.coalesce(func.max(door_number.c.n), 0)).scalar_subquery()
        + func.row_number().over(order_by=holder.c.number),
        holder.c.number,
    )
    .outerjoin(door_number, door_number.c.holder == holder.c.number)
    .where(door_number.c.n.is_(None)),
)
