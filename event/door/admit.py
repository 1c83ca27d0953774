"""Scans with a network: the server decides, stores and answers; a retry gets the same answer."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from badges.code import Code, Unreadable, fingerprint, read
from badges.short import read_short
from event.door.decide import Outcome, Policy, Verdict, decide_code, decide_holder
from event.door.known import Known, Person, Place, look_up
from event.door.passages import Pair, stand
from event.door.scans import Scan, store
from event.door.settle import settle
from event.door.turns import wait_for
from event.errors import Conflict, EventdayError, NotFound


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
class Asked:
    """Who asks about a reading at which gate; `t` and `at` are Unix milliseconds.

    `about` is what was read: a code, verified by nobody yet, or a holder who is only named. Whoever
    asks reads it, so that others do not wait for that in the turn.
    """

    slug: str
    reading: Reading
    device: str
    trusted: bool
    t: int
    at: int
    about: Code | int | None = field(init=False)

    def __post_init__(self) -> None:
        """Read what is asked about."""
        object.__setattr__(self, "about", _about(self.reading))

    @property
    def holder(self) -> int | None:
        """Whom it is about, if anybody."""
        return self.about.claim.holder if isinstance(self.about, Code) else self.about


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

    A known id returns what was answered then, whatever the rules say now. Raises NotFound for no
    such gate, Conflict when the id was another device's or gate's.
    """
    [answer] = admit_all(db, [Asked(slug, reading, device, trusted, t, at)])
    if isinstance(answer, EventdayError):
        raise answer
    return answer


def admit_all(db: Connection, asked: Sequence[Asked]) -> list[Answer | EventdayError]:
    """Do what `admit` does for several readings, one after the other, in as many statements."""
    numbers = {item.holder for item in asked if item.holder is not None}
    wait_for(db, numbers)
    slugs, at = {item.slug for item in asked}, max(item.at for item in asked)
    known = look_up(db, slugs, numbers, [item.reading.id for item in asked], at=at)
    made: dict[str, Scan] = {}
    changed: set[Pair] = set()
    for item in asked:
        place = known.places.get(item.slug)
        if place and item.reading.id not in made:
            verdict = _verdict(known, place, item)
            scan = made[item.reading.id] = _scan(item, place, verdict)
            if known.enter(place, scan):
                changed.add((place.gate.id, scan.holder))
    stored = store(db, list(made.values()))
    if all(stored[name] is scan for name, scan in made.items()) and not known.unclear:
        stand(db, {pair: known.courses[pair] for pair in sorted(changed)})
    else:
        settle(db, stored.values())
        numbers = {scan.holder for scan in stored.values() if scan.holder is not None}
        known = look_up(db, slugs, numbers, (), at=at)
    return [_answer(known, item, stored.get(item.reading.id)) for item in asked]


def _about(reading: Reading) -> Code | int | None:
    if reading.holder is not None:
        return reading.holder
    text = reading.text.strip()
    with suppress(Unreadable):
        return read_short(text)
    with suppress(Unreadable):
        return read(text)
    return None


def _verdict(known: Known, place: Place, item: Asked) -> Verdict:
    """Return the verdict on a reading; whoever is trusted may let in whom the rule would not."""
    door = known.door(place, item.holder)
    how: dict[str, Any] = {
        "at": item.at // 1000,
        "device": item.device,
        "leaving": item.reading.leaving,
    }
    if item.about is None:
        verdict = Verdict(Outcome.REFUSED, "unreadable")
    elif isinstance(item.about, Code):
        verdict = decide_code(item.about, door, **how)
    else:
        verdict = decide_holder(item.about, door, **how)
    is_no = verdict.outcome is not Outcome.ADMITTED
    if item.reading.override and item.trusted and is_no and verdict.holder is not None:
        return replace(verdict, outcome=Outcome.ADMITTED, reason="override")
    return verdict


def _scan(item: Asked, place: Place, verdict: Verdict) -> Scan:
    """Return what is stored of a reading."""
    text = item.reading.text.strip()
    return Scan(
        id=item.reading.id,
        gate_id=place.gate.id,
        holder=verdict.holder,
        medium=verdict.medium,
        generation=verdict.generation,
        fingerprint=fingerprint(text) if text else "",
        outcome=str(verdict.outcome),
        reason=verdict.reason,
        via=item.reading.via,
        # Elsewhere nobody goes out: whoever was let in there is counted.
        leaving=item.reading.leaving and place.rules.policy is Policy.IN_AND_OUT,
        note=item.reading.override,
        device=item.device,
        online=True,
        trusted=item.trusted,
        t=item.t,
        t_est=item.at,
        received_at=item.at,
    )


def _answer(known: Known, item: Asked, scan: Scan | None) -> Answer | EventdayError:
    """Return the answer to what was asked; of a forged code nobody is shown."""
    place = known.places.get(item.slug)
    if place is None or scan is None:
        return NotFound(f"There is no gate “{item.slug}”; see: GET /v1/gates")
    if (scan.device, scan.gate_id) != (item.device, place.gate.id):
        return Conflict("Another scan has this id; make a new one for each scan.")
    person = None if scan.holder is None else known.people.get(scan.holder)
    return Answer(scan, person, known.inside.get(place.gate.id))
