"""Ticks on paper lists, typed in afterwards: the last resort of a door without any device."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import Connection, bindparam, select

from badges.code import Unreadable
from badges.short import read_short
from event.door.decide import Outcome, Policy
from event.door.gates import Gate
from event.door.scans import Scan, read_scans, store
from event.door.settle import settle
from event.door.turns import wait_for
from event.errors import Invalid
from event.tables import event, holder
from event.times import day_bounds, event_day, from_seconds, to_milliseconds, zone

VIA = "paper"


@dataclass(frozen=True, slots=True)
class Ticked:
    """How many ticks are new, how many were known, and what was typed that names nobody."""

    new: int
    known: int
    wrong: tuple[str, ...]


def tick(
    db: Connection,
    item: Gate,
    codes: Iterable[str],
    *,
    device: str,
    at: int,
    day: date | None = None,
) -> Ticked:
    """Store that people were ticked off at a gate on an event day, today if none is named.

    `at` is now in Unix milliseconds. Somebody has one box a day on a list, so that they count once
    a gate and day: typed twice, or by two, it is the same tick. Of an earlier day nobody knows
    when, and noon is taken. Where one may come again, as paper cannot know, a tick is no double
    admission. Raises Invalid for a day that has not begun or is none of the event's.
    """
    begin, t = _when(db, day, at)
    numbers: dict[int, str] = {}
    wrong = []
    for code in codes:
        try:
            numbers.setdefault(read_short(code), code)
        except Unreadable:
            wrong.append(code)
    found = set(db.execute(_HOLDERS, {"numbers": list(numbers)}).scalars())
    wrong += [code for number, code in numbers.items() if number not in found]
    wait_for(db, found)
    scans = [
        Scan(
            id=_name(item.id, number, begin),
            gate_id=item.id,
            holder=number,
            outcome=str(Outcome.ADMITTED),
            reason=VIA if item.policy is Policy.FIRST_ENTRY else "",
            via=VIA,
            device=device,
            trusted=True,
            t=t,
            t_est=t,
            received_at=at,
        )
        for number in sorted(found)
    ]
    known = read_scans(db, [scan.id for scan in scans])
    settle(db, store(db, scans).values())
    return Ticked(len(scans) - len(known), len(known), tuple(wrong))


def _when(db: Connection, day: date | None, at: int) -> tuple[int, int]:
    """Return when an event day began, and when a tick of it was made; Unix milliseconds."""
    row = db.execute(_EVENT).one()
    tz = zone(row.timezone)
    today = event_day(from_seconds(at // 1000), tz)
    if day is not None and not row.starts_on <= day.isoformat() <= row.ends_on:
        raise Invalid(f"{day} is no day of the event: {row.starts_on} to {row.ends_on}.")
    if day is not None and day > today:
        raise Invalid(f"{day} has not begun yet; choose the day on which it was ticked.")
    begin = to_milliseconds(day_bounds(day or today, tz)[0])
    return begin, at if day in {None, today} else begin + _NOON


def _name(gate_id: int, number: int, day: int) -> str:
    """Return the id of a tick, a UUIDv7 (RFC 9562, section 5.7) that follows from what it is."""
    digest = sha256(f"{VIA} {gate_id} {number} {day}".encode()).hexdigest()
    raw = f"{day:012x}7{digest[:3]}8{digest[3:18]}"
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


_NOON = 8 * 3_600_000
"""Milliseconds after the start of an event day."""
_EVENT = select(event.c.starts_on, event.c.ends_on, event.c.timezone)
_HOLDERS = select(holder.c.number).where(
    holder.c.number.in_(bindparam("numbers", expanding=True)), holder.c.ended_at.is_(None)
)
