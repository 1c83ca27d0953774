"""One scan with a network: the server decides, stores and answers; a retry gets the same answer."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, func, select, true

from badges.code import Claim, Unreadable, fingerprint, read
from badges.short import read_short
from event import tables
from event.door.decide import Door, Outcome, Passage, decide, decide_holder
from event.door.gates import SESSION, Gate, days_between, find_gate, gate_of, numbers_of, rules
from event.door.roster import BADGE, badge_of, key_of
from event.door.scans import Scan, read_scans, store
from event.door.settle import Rules, settle
from event.door.turns import wait_for
from event.errors import Conflict, NotFound
from event.people.badge_keys import BadgeKey
from event.people.categories import KNOWN
from event.tables import (
    attendee,
    badge_key,
    booking,
    category,
    gate,
    holder,
    passage,
    scan,
    session,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device asks about: the text of a code, or a holder found by short code or name.

    `override` is why a help desk lets somebody in whom the rule would not.
    """

    id: str
    text: str = ""
    holder: int | None = None
    via: str = "camera"
    leaving: bool = False
    override: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What a door may see of whom it let in or not."""

    given_name: str
    surname: str
    organisation: str
    category: str
    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored scan, who it was, and how many are inside a gate that has a capacity."""

    scan: Scan
    person: Person | None
    inside: int | None


def admit(
    db: Connection, slug: str, reading: Reading, *, device: str, trusted: bool, t: int, at: int
) -> Answer:
    """Decide on a reading at a gate, store it, and answer; `t` and `at` are Unix milliseconds.

    A known id returns what was answered then, before any rule runs. Raises NotFound for no such
    gate, Conflict when the id was another device's or gate's.
    """
    text, number = reading.text.strip(), reading.holder
    with suppress(Unreadable):
        number = read_short(text) if number is None else number
    claim = None if number is not None else _claim(text)
    about = claim.holder if claim else number
    wait_for(db, [] if about is None else [about])
    row = _row(db, slug, reading.id, about, claim.slot if claim else None)
    place = gate_of(_Prefixed("gate_", row))
    if row.known_id is not None:
        return _again(db, reading.id, slug, place.id, device)
    door = _door(db, place, row)
    how: dict[str, Any] = {"at": at // 1000, "device": device, "leaving": reading.leaving}
    verdict = decide(text, door, **how) if number is None else decide_holder(number, door, **how)
    if reading.override and trusted and verdict.outcome is not Outcome.ADMITTED and verdict.holder:
        verdict = replace(verdict, outcome=Outcome.ADMITTED, reason="override")
    made = Scan(
        id=reading.id,
        gate_id=place.id,
        holder=verdict.holder,
        medium=verdict.medium,
        generation=verdict.generation,
        fingerprint=fingerprint(text) if text else "",
        outcome=str(verdict.outcome),
        reason=verdict.reason,
        via=reading.via,
        leaving=reading.leaving,
        note=reading.override,
        device=device,
        online=True,
        trusted=trusted,
        t=t,
        t_est=at,
        received_at=at,
    )
    stored = store(db, [made])[reading.id]
    settle(db, [stored], rules=Rules({place.id: place.policy}, door.days))
    return _answer(db, stored, place, row)


def _again(db: Connection, name: str, slug: str, gate_id: int, device: str) -> Answer:
    """Return what was answered to a scan that is known."""
    before = read_scans(db, [name])[name]
    if (before.device, before.gate_id) != (device, gate_id):
        raise Conflict("Another scan has this id; make a new one for each scan.")
    row = _row(db, slug, name, before.holder, None)
    return _answer(db, before, gate_of(_Prefixed("gate_", row)), row)


def _claim(text: str) -> Claim | None:
    """Return what a code says, verified or not: only to know whom to look up."""
    try:
        return read(text).claim
    except Unreadable:
        return None


@dataclass(frozen=True, slots=True)
class _Prefixed:
    """A row whose columns' names begin with something."""

    prefix: str
    row: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, self.prefix + name)


def _row(db: Connection, slug: str, scan: str, number: int | None, slot: int | None) -> Any:
    """Return all that a decision depends on: gate, session, event, key, holder, passage, booking.

    One statement, because at a busy door each of them would wait for its turn.
    """
    wanted = {"slug": slug, "scan": scan, "number": number, "slot": slot, "booked": BOOKED}
    row = db.execute(_ROW, wanted).first()
    if row is None:
        find_gate(db, slug)
        raise NotFound("There is no event yet; import an agenda.", code="no-event")
    return row


def _door(db: Connection, place: Gate, row: Any) -> Door:
    """Return what a decision about one holder depends on."""
    badges, passages, number = {}, {}, row.number
    if number is not None:
        badges[number] = badge_of(row, row.category_number or _NUMBERS.get(row.category, 0))
    if row.last_at is not None:
        passages[number] = Passage(
            row.entries, row.passed_days, bool(row.inside), row.last_at // 1000, row.last_device
        )
    key = None
    if row.slot is not None:
        key = key_of(BadgeKey(row.slot, row.public, row.not_before, row.not_after, row.key_status))
    session_row = None if place.session_id is None else row
    return Door(
        event=UUID(row.uuid),
        days=days_between(row.starts_on, row.ends_on, row.timezone),
        keys={row.slot: key} if key else {},
        badges=badges,
        gate=rules(place, session_row, numbers_of(db, place)),
        passages=passages,
        booked=[number] if row.is_booked else (),
        inside=_inside(db, place, row) or 0,
        complete=True,
    )


def _answer(db: Connection, stored: Scan, place: Gate, row: Any) -> Answer:
    """Return a stored scan with what the door may see; of a forged code that is nobody."""
    person = None
    if row.attendee_id is not None and stored.holder == row.number:
        person = Person(row.given_name, row.surname, row.organisation, row.category, row.note)
    return Answer(stored, person, _inside(db, place, row))


def _inside(db: Connection, place: Gate, row: Any) -> int | None:
    """Return how many are inside, None where it does not matter."""
    if place.capacity is None and row.session_capacity is None:
        return None
    return int(db.execute(_INSIDE, {"gate": place.id}).scalar_one())


BOOKED = "booked"
"""The state of a booking that lets in."""
_NUMBERS = {item.slug: item.number for item in KNOWN}
_known = scan.alias()
_ROW = (
    select(
        *(column.label(f"gate_{column.name}") for column in gate.columns),
        *SESSION,
        tables.event.c.uuid,
        tables.event.c.starts_on,
        tables.event.c.ends_on,
        tables.event.c.timezone,
        badge_key.c.slot,
        badge_key.c.public,
        badge_key.c.not_before,
        badge_key.c.not_after,
        badge_key.c.status.label("key_status"),
        *BADGE,
        attendee.c.given_name,
        attendee.c.surname,
        attendee.c.organisation,
        category.c.number.label("category_number"),
        passage.c.entries,
        passage.c.days.label("passed_days"),
        passage.c.inside,
        passage.c.last_at,
        passage.c.last_device,
        booking.c.attendee_id.label("is_booked"),
        _known.c.id.label("known_id"),
    )
    .select_from(gate)
    .join(tables.event, true())
    .outerjoin(session, session.c.id == gate.c.session_id)
    .outerjoin(badge_key, badge_key.c.slot == bindparam("slot"))
    .outerjoin(holder, holder.c.number == bindparam("number"))
    .outerjoin(attendee, attendee.c.id == holder.c.attendee_id)
    .outerjoin(category, category.c.slug == attendee.c.category)
    .outerjoin(passage, and_(passage.c.gate_id == gate.c.id, passage.c.holder == holder.c.number))
    .outerjoin(
        booking,
        and_(
            booking.c.session_id == gate.c.session_id,
            booking.c.attendee_id == attendee.c.id,
            booking.c.state == bindparam("booked"),
        ),
    )
    .outerjoin(_known, _known.c.id == bindparam("scan"))
    .where(gate.c.slug == bindparam("slug"))
)
_INSIDE = (
    select(func.count())
    .select_from(passage)
    .where(passage.c.gate_id == bindparam("gate"), passage.c.inside == 1)
)
