"""Gates: where badges are scanned, and their rules as they are now."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from event import tables
from event.door import decide
from event.door.decide import Policy
from event.errors import Conflict, Invalid, NotFound
from event.people.categories import SLUG, categories
from event.tables import gate
from event.text import dump, parse, text
from event.times import day_bounds, zone

BEFORE, AFTER = 1800, 900
"""Seconds before its start and after its end in which a session's gate is open."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate as the organiser set it up; moments are UTC seconds, `categories` slugs.

    With a session it is open around that session's times and holds its capacity, and moves with
    it. A departure is a bus or the like: it has a manifest, and closes when it has departed.
    """

    id: int
    slug: str
    name: dict[str, str]
    policy: Policy = Policy.FIRST_ENTRY
    categories: tuple[str, ...] = ()
    days: int = 0xFFFF
    opens_at: int | None = None
    closes_at: int | None = None
    session_id: int | None = None
    capacity: int | None = None
    needs_booking: bool = False
    departure: bool = False
    free_flow: bool = False
    ended_at: int | None = None
    position: int = 0


EDITABLE = frozenset(field.name for field in fields(Gate)) - {"id", "slug"}
"""What `set_gate` takes beside the slug."""
_FLAGS = ("needs_booking", "departure", "free_flow")


def gates(db: Connection) -> list[Gate]:
    """Return all gates in the organiser's order."""
    return [gate_of(row) for row in db.execute(_ALL)]


def find_gate(db: Connection, slug: str) -> Gate:
    """Return the gate of a slug. Raises NotFound."""
    row = db.execute(_BY_SLUG, {"wanted": slug}).first()
    if row is None:
        raise NotFound(f"There is no gate “{slug}”; see: GET /v1/gates")
    return gate_of(row)


def set_gate(db: Connection, slug: str, values: Mapping[str, Any]) -> Gate:
    """Add a gate, or change what is named of one; the same again changes nothing.

    Raises Invalid when a value breaks a rule, Conflict for a policy that changes after scans.
    """
    if not re.fullmatch(SLUG, slug):
        raise Invalid("A gate's slug is lower-case letters, digits and hyphens, such as main-door.")
    if unknown := set(values) - EDITABLE:
        raise Invalid(f"A gate has no “{min(unknown)}”.")
    row = db.execute(_BY_SLUG.with_for_update(), {"wanted": slug}).first()
    before = gate_of(row) if row else Gate(id=0, slug=slug, name={})
    known = {field.name: getattr(before, field.name) for field in fields(Gate)}
    new = Gate(**known | dict(values))
    _check(db, new)
    if before.id and new.policy is not before.policy and _is_used(db, before.id):
        raise Conflict("This gate has been used; make another one for another policy.")
    stored = {name: getattr(new, name) for name in EDITABLE} | {
        "name": dump(text(new.name)),
        "policy": str(new.policy),
        "categories": dump(list(new.categories)),
        **{name: int(getattr(new, name)) for name in _FLAGS},
    }
    if before.id:
        db.execute(_UPDATE, stored | {"own_id": before.id})
    else:
        db.execute(gate.insert(), stored | {"slug": slug})
    return find_gate(db, slug)


def rules_of(db: Connection, item: Gate) -> decide.Gate:
    """Return a gate's rules as they are now: those of its session, if it has one."""
    session = None
    if item.session_id is not None:
        session = db.execute(_SESSION, {"session": item.session_id}).one()
    return rules(item, session, numbers_of(db, item))


def rules(item: Gate, session: Any, numbers: Mapping[str, int]) -> decide.Gate:
    """Return a gate's rules by a row of `SESSION`, if it has one; `numbers` are of categories."""
    opens_at, closes_at, capacity = item.opens_at, item.closes_at, item.capacity
    ended = item.ended_at is not None
    if session is not None:
        opens_at = session.starts_at - BEFORE if opens_at is None else opens_at
        closes_at = session.ends_at + AFTER if closes_at is None else closes_at
        if session.state == "suspended":
            closes_at = None
        ended = ended or session.state == "cancelled"
        capacity = session.session_capacity if capacity is None else capacity
    return decide.Gate(
        id=item.id,
        policy=item.policy,
        categories=frozenset(numbers[slug] for slug in item.categories),
        days=item.days,
        opens_at=opens_at,
        closes_at=closes_at,
        capacity=capacity,
        needs_booking=item.needs_booking,
        free_flow=item.free_flow,
        ended=ended,
    )


def numbers_of(db: Connection, item: Gate) -> dict[str, int]:
    """Return the numbers of categories by slug, none when the gate is for all of them."""
    return {known.slug: known.number for known in categories(db)} if item.categories else {}


def event_days(db: Connection) -> tuple[tuple[int, int], ...]:
    """Return start and end of each event day in UTC seconds. Raises NotFound without an event."""
    row = db.execute(_EVENT).first()
    if row is None:
        raise NotFound("There is no event yet; import an agenda.", code="no-event")
    return days_between(row.starts_on, row.ends_on, row.timezone)


@lru_cache(maxsize=64)
def days_between(starts_on: str, ends_on: str, timezone: str) -> tuple[tuple[int, int], ...]:
    """Return start and end of each event day in UTC seconds; the days are ISO 8601."""
    first, last = date.fromisoformat(starts_on), date.fromisoformat(ends_on)
    days = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    bounds = (day_bounds(day, zone(timezone)) for day in days)
    return tuple((int(start.timestamp()), int(end.timestamp())) for start, end in bounds)


def _check(db: Connection, item: Gate) -> None:
    if not text(item.name):
        raise Invalid("A gate needs a name that volunteers know it by.")
    missing = set(item.categories) - {known.slug for known in categories(db)}
    if missing:
        raise Invalid(f"There is no category “{min(missing)}”; add it first.")
    if (
        item.session_id is not None
        and not db.execute(_SESSION, {"session": item.session_id}).first()
    ):
        raise Invalid(f"There is no session {item.session_id}.")
    if item.needs_booking and item.session_id is None:
        raise Invalid("Only the gate of a session can need bookings; name its session.")
    hours = item.opens_at, item.closes_at
    if None not in hours and hours[1] <= hours[0]:  # type: ignore[operator]
        raise Invalid("The gate would close before it opens.")


def _is_used(db: Connection, number: int) -> bool:
    return db.execute(_USED, {"gate": number}).first() is not None


def gate_of(row: Any) -> Gate:
    """Return the gate of a row, which may hold more than that."""
    values = {field.name: getattr(row, field.name) for field in fields(Gate)}
    flags = {name: bool(values[name]) for name in _FLAGS}
    shaped = {
        "name": parse(row.name),
        "policy": Policy(row.policy),
        "categories": tuple(parse(row.categories)),
    }
    return Gate(**values | flags | shaped)


_ALL = select(gate).order_by(gate.c.position, gate.c.id)
_BY_SLUG = select(gate).where(gate.c.slug == bindparam("wanted"))
_UPDATE = update(gate).where(gate.c.id == bindparam("own_id"))
SESSION = (
    tables.session.c.starts_at,
    tables.session.c.ends_at,
    tables.session.c.state,
    tables.session.c.capacity.label("session_capacity"),
)
"""The columns of a session that its gate follows."""
_SESSION = select(*SESSION).where(tables.session.c.id == bindparam("session"))
_EVENT = select(tables.event.c.starts_on, tables.event.c.ends_on, tables.event.c.timezone)
_USED = select(tables.scan.c.id).where(tables.scan.c.gate_id == bindparam("gate")).limit(1)
