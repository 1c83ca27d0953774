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
from event.door.gates import SESSION, days_between, find_gate, gate_of, numbers_of, rules
from event.door.roster import BADGE, badge_of, keys_of
from event.door.scans import Scan, read_scans, store
from event.door.settle import settle
from event.door.turns import wait_for
from event.errors import Conflict, NotFound
from event.people.categories import KNOWN
from event.tables import attendee, booking, category, gate, holder, passage, session


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
    place = _place(db, slug)
    if before := read_scans(db, [reading.id]).get(reading.id):
        if (before.device, before.gate_id) != (device, place.id):
            raise Conflict("Another scan has this id; make a new one for each scan.")
        return _answer(db, before, place, _known(db, before.holder, place))
    known = _known(db, about, place)
    door = _door(db, place, known)
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
    settle(db, [stored])
    return _answer(db, stored, place, known)


def _claim(text: str) -> Claim | None:
    """Return what a code says, verified or not: only to know whom to look up."""
    try:
        return read(text).claim
    except Unreadable:
        return None


def _place(db: Connection, slug: str) -> Any:
    """Return the row of a gate with its session and the event."""
    row = db.execute(_PLACE, {"wanted": slug}).first()
    if row is None:
        find_gate(db, slug)
        raise NotFound("There is no event yet; import an agenda.", code="no-event")
    return row


def _known(db: Connection, number: int | None, place: Any) -> Any:
    """Return the row of a holder with their attendee, and their passage and booking here."""
    if number is None:
        return None
    wanted = {"wanted": number, "gate": place.id, "session": place.session_id, "booked": BOOKED}
    return db.execute(_KNOWN, wanted).first()


def _door(db: Connection, place: Any, known: Any) -> Door:
    """Return what a decision about one holder depends on."""
    item = gate_of(place)
    session_row = None if item.session_id is None else place
    badges, passages = {}, {}
    if known:
        badges[known.number] = badge_of(
            known, known.category_number or _NUMBERS.get(known.category, 0)
        )
        if known.last_at is not None:
            passages[known.number] = Passage(
                known.entries, known.passed_days, bool(known.inside), known.last_at // 1000,
                known.last_device,
            )  # fmt: skip
    gate_rules = rules(item, session_row, numbers_of(db, item))
    return Door(
        event=UUID(place.uuid),
        days=days_between(place.starts_on, place.ends_on, place.timezone),
        keys=keys_of(db),
        badges=badges,
        gate=gate_rules,
        passages=passages,
        booked=[known.number] if known and known.is_booked else (),
        inside=_inside(db, place) or 0,
        complete=True,
    )


def _answer(db: Connection, stored: Scan, place: Any, known: Any) -> Answer:
    """Return a stored scan with what the door may see; of a forged code that is nobody."""
    person = None
    if known and known.attendee_id is not None and stored.holder == known.number:
        person = Person(
            known.given_name, known.surname, known.organisation, known.category, known.note
        )
    return Answer(stored, person, _inside(db, place))


def _inside(db: Connection, place: Any) -> int | None:
    """Return how many are inside, None where it does not matter."""
    if place.capacity is None and place.session_capacity is None:
        return None
    return int(db.execute(_INSIDE, {"gate": place.id}).scalar_one())


BOOKED = "booked"
"""The state of a booking that lets in."""
_NUMBERS = {item.slug: item.number for item in KNOWN}
_PLACE = (
    select(
        gate,
        *SESSION,
        tables.event.c.uuid,
        tables.event.c.starts_on,
        tables.event.c.ends_on,
        tables.event.c.timezone,
    )
    .select_from(gate)
    .join(tables.event, true())
    .outerjoin(session, session.c.id == gate.c.session_id)
    .where(gate.c.slug == bindparam("wanted"))
)
_KNOWN = (
    select(
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
    )
    .select_from(holder)
    .outerjoin(attendee, attendee.c.id == holder.c.attendee_id)
    .outerjoin(category, category.c.slug == attendee.c.category)
    .outerjoin(
        passage, and_(passage.c.gate_id == bindparam("gate"), passage.c.holder == holder.c.number)
    )
    .outerjoin(
        booking,
        and_(
            booking.c.session_id == bindparam("session"),
            booking.c.attendee_id == attendee.c.id,
            booking.c.state == bindparam("booked"),
        ),
    )
    .where(holder.c.number == bindparam("wanted"))
)
_INSIDE = (
    select(func.count())
    .select_from(passage)
    .where(passage.c.gate_id == bindparam("gate"), passage.c.inside == 1)
)
