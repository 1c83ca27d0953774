"""The reference scanner: decides at a door by what it holds; docs/door.md; written to be ported.

It keeps the door's feed as `sync.phone` keeps the public one, and decides by the rule of
`event.door`. A scan is on the disk before it is answered, and no verdict waits for a network.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from badges.code import Code, Unreadable, fingerprint, read
from badges.short import read_short
from event.door.decide import Outcome, Policy, Verdict, decide, decide_holder
from sync.device import Device
from sync.known import Known, Place, door_of, doubles, inside, silent
from sync.mine import opened
from sync.names import person_of
from sync.replica import Row
from sync.trouble import PhoneError


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored scan, its verdict, and who it is as far as the badge itself has opened it.

    `leaving` says that they went out, which they do only at a gate that counts both ways.
    """

    scan: str
    verdict: Verdict
    person: Mapping[str, str] | None
    leaving: bool


class Scanner(Device):
    """A device that reads badges and decides who may pass."""

    def places(self) -> dict[str, Place]:
        """Return the gates where this device may scan, in the organiser's order, by slug."""
        places = self._ready().places
        own = self.settings["gates"] if self.settings["role"] == "gate" else []
        return {slug: place for slug, place in places.items() if not own or slug in own}

    def scan(self, text: str, gate: str = "", *, via: str = "", leaving: bool = False) -> Answer:
        """Decide on what was read, store it, and answer; without a gate at the only one."""
        known, place, text = self._ready(), self._place(gate), text.strip()
        leaving = leaving and place.rules.policy is Policy.IN_AND_OUT  # elsewhere nobody goes out
        code = typed = None
        with suppress(Unreadable):
            code = read(text)
        with suppress(Unreadable):
            typed = read_short(text)
        at = self.now() // 1000
        door = door_of(known, place, self._past, code.claim.holder if code else typed, at)
        how: dict[str, Any] = {"at": at, "device": self.settings["device"], "leaving": leaving}
        verdict = decide(text, door, **how) if typed is None else decide_holder(typed, door, **how)
        is_certain = verdict.holder in known.badges and verdict.outcome != Outcome.REFUSED
        payload = {
            "gate": place.slug,
            "outcome": str(verdict.outcome),
            "reason": verdict.reason,
            "via": via or ("" if typed is None else "typed"),
            "leaving": leaving,
            "holder": verdict.holder,
            "medium": verdict.medium,
            "generation": verdict.generation,
            "fp": fingerprint(text) if code else "",
            "code": text if code and not is_certain else "",
        }
        name = self._add("scan", payload)
        is_named = verdict.holder is not None
        return Answer(name, verdict, self._person(known, code) if is_named else None, leaving)

    def undo(self, *, note: str = "") -> str:
        """Take back the last entry; return its scan."""
        self._ready()
        if (name := self._past.last_entry(self.now())) is None:
            raise PhoneError("refused", "The last scan let nobody in, or over two minutes ago.")
        self._add("undo", {"scan": name, "note": note})
        return name

    def answer(self, outcome: Outcome) -> str:
        """Say whether somebody was let in whom the last scan asked about; return the scan."""
        self._ready()
        if (name := self._past.open_question()) is None:
            raise PhoneError("refused", "No question is open.")
        self._add("answer", {"scan": name, "outcome": str(outcome)})
        return name

    def register(self, person: Mapping[str, str]) -> str:
        """Write down who gets the blank that was just scanned, and let them in; return the scan."""
        self._ready()
        name = self._past.open_question()
        holder = self._past.holder(name) if name else None
        if holder is None:
            raise PhoneError("refused", "Scan a blank badge first.")
        if not any(person.get(name, "").strip() for name in ("given_name", "surname")):
            raise PhoneError("refused", "Write a given name or a surname.")
        if holder not in self._past.registered:  # a retry writes nobody down twice
            self._add("register", {"holder": holder, **person})
        return self.answer(Outcome.ADMITTED)

    def clear(self, gate: str | None = None) -> None:
        """Say that nobody is inside a gate, or any: an evacuation."""
        self._ready()
        self._add("clear", {"gate": self._place(gate).slug if gate else None})

    def inside(self, gate: str = "") -> int:
        """Return how many are inside a gate, as far as this device has heard."""
        return inside(self._ready(), self._place(gate), self._past, self.now() // 1000)

    def status(self) -> Row:
        """Return role, gates, shift (UTC seconds), age (seconds since the server was heard) …

        `doubted` says that this device's clock is wrong and no server has said better.
        `silent` are labels and seconds of doors not heard lately; `doubles` (gate, holder, UTC
        seconds) are badges that this door and another let in.
        """
        stand, known, number = self._phone.status(), self._known, self.settings.get("number")
        with opened(self.folder, "BEGIN") as db:
            troubles = db.execute("SELECT code, count(*) FROM trouble GROUP BY code").fetchall()
        return {
            **{name: self.settings.get(name) for name in ("label", "role", "gates", "shift")},
            **{name: stand[name] for name in ("epoch", "seq", "age", "unsent")},
            "is_over": self.is_over,
            "doubted": bool(self._begun()[-1].get("doubted")),
            "troubles": dict(troubles),
            "silent": silent(known, self.now() // 1000, but=number) if known else [],
            "doubles": doubles(known, self._past) if known else [],
        }

    def _ready(self) -> Known:
        """Return what is known, or say why nothing can be decided."""
        if "token" not in self.settings:
            raise PhoneError("refused", "This device is no scanner yet; enrol it with a code.")
        if self.is_over:
            raise PhoneError("refused", "The shift is over; ask the lead for a new code.")
        if self._known is None:
            raise PhoneError("refused", "Nothing is known of the door; find a network.")
        return self._known

    def _place(self, gate: str) -> Place:
        places = self.places()
        if place := places.get(gate or (next(iter(places)) if len(places) == 1 else "")):
            return place
        raise PhoneError("refused", f"Name a gate of this device: {', '.join(places) or 'none'}.")

    def _person(self, known: Known, code: Code | None) -> Mapping[str, str] | None:
        """Return who it is; a name that is not here is asked for when the server is met."""
        if code is None:
            return None
        person = person_of(self.folder, code.signature, known.event)
        self._misses_name = self._misses_name or person is None
        return person
