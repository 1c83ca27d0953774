"""Ticks on paper lists, typed in afterwards: the last resort of a door without any device."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, bindparam, select

from badges.code import Unreadable
from badges.short import read_short
from event.door.decide import Outcome
from event.door.gates import Gate
from event.door.scans import Scan, read_scans, store
from event.door.settle import settle
from event.door.turns import wait_for
from event.tables import holder

VIA = "paper"


@dataclass(frozen=True, slots=True)
class Ticked:
    """How many ticks are new, how many were known, and what was typed that names nobody."""

    new: int
    known: int
    wrong: tuple[str, ...]


def tick(
    db: Connection, item: Gate, codes: Iterable[str], *, day: int, device: str, t: int, at: int
) -> Ticked:
    """Store that people were ticked off at a gate, by their short codes.

    Somebody has one box a list, so that they count once a gate and event day (`day`, the moment it
    starts): typed twice, or by two, it is the same tick. `t` is when it was, `at` now, all in Unix
    milliseconds.
    """
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
            id=_name(item.id, number, day),
            gate_id=item.id,
            holder=number,
            outcome=str(Outcome.ADMITTED),
            via=VIA,
            device=device,
            trusted=True,
            t=t,
            t_est=min(t, at),
            received_at=at,
        )
        for number in sorted(found)
    ]
    known = read_scans(db, [scan.id for scan in scans])
    settle(db, store(db, scans).values())
    return Ticked(len(scans) - len(known), len(known), tuple(wrong))


def _name(gate_id: int, number: int, day: int) -> str:
    """Return the id of a tick, a UUIDv7 (RFC 9562, section 5.7) that follows from what it is."""
    digest = sha256(f"{VIA} {gate_id} {number} {day}".encode()).hexdigest()
    raw = f"{day:012x}7{digest[:3]}8{digest[3:18]}"
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


_HOLDERS = select(holder.c.number).where(
    holder.c.number.in_(bindparam("numbers", expanding=True)), holder.c.ended_at.is_(None)
)
