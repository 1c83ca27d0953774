"""One scan with a network: the server decides, stores and answers; a retry gets the same answer."""

from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, func, select

from badges.code import Unreadable, fingerprint, read
from badges.short import read_short
from event.door.decide import Door, Outcome, Passage, decide, decide_holder
from event.door.gates import Gate, event_days, rules_of
from event.door.roster import badges_of, keys_of
from event.door.scans import Scan, read_scans, store
from event.door.settle import settle
from event.errors import Conflict
from event.people.codes import event_uuid
from event.tables import booking, holder, passage


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


def admit(
    db: Connection, item: Gate, reading: Reading, *, device: str, trusted: bool, t: int, at: int
) -> Scan:
    """Decide on a reading, store it, and return it; `t` and `at` are Unix milliseconds.

    A known id returns what was answered then, before any rule runs. Raises Conflict when it was
    another device's or gate's.
    """
    if known := read_scans(db, [reading.id]).get(reading.id):
        if (known.device, known.gate_id) != (device, item.id):
            raise Conflict("Another scan has this id; make a new one for each scan.")
        return known
    text, number = reading.text.strip(), reading.holder
    with suppress(Unreadable):
        number = read_short(text) if number is None else number
    about = number if number is not None else _claimed(text)
    # Two doors at once wait for each other here; SQLite has one writer anyway.
    db.execute(_LOCK, {"number": about})
    door = door_for(db, item, about)
    if number is None:
        verdict = decide(text, door, at=at // 1000, device=device, leaving=reading.leaving)
    else:
        verdict = decide_holder(number, door, at=at // 1000, device=device, leaving=reading.leaving)
    if reading.override and trusted and verdict.outcome is not Outcome.ADMITTED and verdict.holder:
        verdict = replace(verdict, outcome=Outcome.ADMITTED, reason="override")
    made = Scan(
        id=reading.id,
        gate_id=item.id,
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
    return stored


def door_for(db: Connection, item: Gate, number: int | None) -> Door:
    """Return what a decision about one holder at a gate depends on."""
    gate, numbers = rules_of(db, item), [] if number is None else [number]
    row = db.execute(_PASSAGE, {"gate": item.id, "number": number}).first()
    known = (
        Passage(row.entries, row.days, bool(row.inside), row.last_at // 1000, row.last_device)
        if row
        else None
    )
    inside = 0 if gate.capacity is None else db.execute(_INSIDE, {"gate": item.id}).scalar_one()
    booked = {"session": item.session_id, "number": number, "state": BOOKED}
    is_booked = gate.needs_booking and db.execute(_BOOKED, booked).first() is not None
    return Door(
        event=event_uuid(db),
        days=event_days(db),
        keys=keys_of(db),
        badges=badges_of(db, numbers),
        gate=gate,
        passages={number: known} if number is not None and known else {},
        booked=numbers if is_booked else (),
        inside=inside,
        complete=True,
    )


def _claimed(text: str) -> int | None:
    """Return the holder a code names, verified or not: only to know whom to look up."""
    try:
        return read(text).claim.holder
    except Unreadable:
        return None


BOOKED = "booked"
"""The state of a booking that lets in."""
_LOCK = select(holder.c.number).where(holder.c.number == bindparam("number")).with_for_update()
_PASSAGE = select(passage).where(
    passage.c.gate_id == bindparam("gate"), passage.c.holder == bindparam("number")
)
_INSIDE = (
    select(func.count())
    .select_from(passage)
    .where(passage.c.gate_id == bindparam("gate"), passage.c.inside == 1)
)
_BOOKED = (
    select(booking.c.attendee_id)
    .join(holder, holder.c.attendee_id == booking.c.attendee_id)
    .where(
        booking.c.session_id == bindparam("session"),
        booking.c.state == bindparam("state"),
        holder.c.number == bindparam("number"),
    )
)
