"""The reference scanner: decides at a door by what it holds; docs/door.md; written to be ported.

It keeps the door's feed as `sync.phone` keeps the public one, and decides by the rule of
`event.door`. A scan is on the disk before it is answered, and no verdict waits for a network.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from badges.code import Code, Unreadable, fingerprint, read
from badges.short import read_short
from event.door.decide import Outcome, Policy, Verdict, decide, decide_holder
from sync.known import Known, Place, door_of, doubles, inside, known_of, silent
from sync.mine import opened, settings_of, settle
from sync.names import TABLE, keep, person_of
from sync.past import Past, moment_of
from sync.phone import Headers, Phone, Result, Transport
from sync.replica import Row, json_of
from sync.shift import read_shift
from sync.trouble import PhoneError, refusing

JSON = {"Content-Type": "application/json"}
FAILED = frozenset({"refused", "outdated", "unreachable", "unwritable"})
NOISE = 2_000
"""Milliseconds of difference between clocks that may be but the network's."""
NAMES_EVERY, GRACE = 300, 1_800
"""Seconds until sealed names are asked for again; from a shift's end until all is forgotten."""
TROUBLE = "CREATE TABLE IF NOT EXISTS trouble (id TEXT PRIMARY KEY, code TEXT NOT NULL) STRICT"
UNUSABLE = {
    404: "There is no such code; ask for a new one.",
    410: "This code was used or has expired; ask for a new one.",
    429: "Too many wrong codes were tried; wait a few minutes.",
}
LOCKED = "This device may not ask any more; get a new code. What waits is still sent."


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored scan, its verdict, and who it is as far as the badge itself has opened it."""

    scan: str
    verdict: Verdict
    person: Mapping[str, str] | None


class Scanner:
    """A door device in one folder, kept by one process, one call after the other.

    `monotonic` counts seconds since the device's start, which `boot` names. What fails is a
    PhoneError, in `meet` a Result.
    """

    def __init__(
        self,
        folder: Path,
        transport: Transport,
        *,
        boot: str,
        monotonic: Callable[[], float],
        clock: Callable[[], float] = time.time,
        random: Random | None = None,
    ) -> None:
        self.folder, self._transport, self._status = folder, transport, 0
        self._boot, self._monotonic, self._clock = boot, monotonic, clock
        self._random, self._misses_name = random, False
        self.settings: Row = {}
        self._open()

    @property
    def known(self) -> Known | None:
        """What the feed says, None before the first visit to the server and after the shift."""
        return self._known

    @property
    def is_over(self) -> bool:
        """Whether the shift is over; what is held stays for a while, so that a lead can go on."""
        return self._has_ended(0)

    def now(self) -> int:
        """Return the event's time in Unix milliseconds, whatever was done to this clock."""
        return moment_of(self._times(), self.settings.get("anchor"))

    def enrol(self, code: str, *, label: str = "") -> None:
        """Become a scanner by a code that works once, or by the link that ends in it."""
        said = {"code": code.strip().rpartition("#")[2], "device": self.settings["device"]}
        body = json_of(said | {"label": label}).encode()
        with refusing("This server does not answer as eventday does; check its address."):
            try:
                answer = json.loads(self._phone.ask("enrol", JSON, body)[2])
            except PhoneError as error:
                if self._status not in UNUSABLE:
                    raise
                raise PhoneError("refused", UNUSABLE[self._status]) from error
            if "door_key" not in answer:
                raise PhoneError("refused", "This code is for an attendee's phone, not for a door.")
            self._phone.pin(answer["event"], answer["door_key"])
            shift, now = answer["shift_ends_at"], datetime.fromisoformat(answer["server_time"])
            self._settle(
                token=answer["token"],
                role=answer["role"],
                gates=answer["gates"],
                number=answer["device"]["id"],
                label=answer["device"]["label"],
                shift=shift and int(datetime.fromisoformat(shift).timestamp()),
                anchor=self._times() | {"now": int(now.timestamp() * 1000)},
            )

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
        at = max(self.now(), self._past.last) // 1000
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
        return Answer(name, verdict, self._person(known, code) if is_named else None)

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
        if holder not in self._past.registered:  # a retry writes nobody down twice
            self._add("register", {"holder": holder, **person})
        return self.answer(Outcome.ADMITTED)

    def clear(self, gate: str | None = None) -> None:
        """Say that nobody is inside a gate, or any: an evacuation."""
        self._ready()
        self._add("clear", {"gate": self._place(gate).slug if gate else None})

    def extend(self, text: str) -> int:
        """Go on until the moment (UTC seconds) that a lead's text says; return it."""
        with refusing("This is no shift of this event; let the lead show it again."):
            role, ends_at = read_shift(text.strip(), self.settings["event"], self.settings["key"])
        if role != self.settings["role"]:
            raise PhoneError("refused", f"This is for the role {role}; ask for that of yours.")
        if self.settings["shift"] is not None and ends_at > self.settings["shift"]:
            self._settle(shift=ends_at)
        return ends_at

    def meet(self) -> Result:
        """Send what waits and learn what is new; what fails now is tried again at the next call."""
        try:
            return self._meet()
        except PhoneError as error:
            return Result(error.outcome, str(error), 0)

    def _meet(self) -> Result:
        if "token" not in self.settings:
            raise PhoneError("refused", "This device is no scanner yet; enrol it with a code.")
        sent = result = self._phone.flush(self._told)
        if sent.outcome == "sent":
            with opened(self.folder) as db:  # a full code was for the server's eyes
                db.execute(_WITHOUT_CODES)
        if self._has_ended(GRACE):
            self._forget()
        elif not self.is_over:
            result = self._phone.sync()
            self.settings = settings_of(self.folder)
            if result.outcome in {"updated", "snapshot"}:
                self._known = known_of(self._phone.rows)
            if result.outcome not in FAILED:
                self._fetch_names()
        if self._status == 401:
            return Result("refused", LOCKED, result.wait)
        result = sent if sent.outcome in FAILED else result
        self._settle(next=self._clock() + (result.wait if result.outcome in FAILED else 0))
        return result

    def is_due(self) -> bool:
        """Say whether to meet the server without being told to."""
        wait = self.settings.get("next", 0) - self._clock()
        return "token" in self.settings and not 0 < wait <= 120

    def inside(self, gate: str = "") -> int:
        """Return how many are inside a gate, as far as this device has heard."""
        return inside(self._ready(), self._place(gate), self._past, self.now() // 1000)

    def status(self) -> Row:
        """Return role, gates, shift (UTC seconds), age (seconds since the server was heard) …

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
            "troubles": dict(troubles),
            "silent": silent(known, self.now() // 1000, but=number) if known else [],
            "doubles": doubles(known, self._past) if known else [],
        }

    def _open(self) -> None:
        """Read what the disk holds; at the end of the shift forget it."""
        self._phone = Phone(
            self.folder, self._through, boot=self._boot, monotonic=self._monotonic,
            clock=self._clock, random=self._random, feed="door", kept=math.inf,
        )  # fmt: skip
        with opened(self.folder, "BEGIN") as db:
            db.execute(TABLE)
            db.execute(TROUBLE)
            items = [json.loads(item) for (item,) in db.execute("SELECT item FROM item ORDER BY n")]
        self.settings = settings_of(self.folder)
        self._past = Past(self.settings["device"])
        for item in items:
            self._past.add(item, moment_of(item, self.settings.get("anchor")))
        self._known = known_of(self._phone.rows)
        if self._has_ended(GRACE) and "stand" in self.settings:
            self._forget()

    def _has_ended(self, seconds: int) -> bool:
        """Say whether the shift ended so many seconds ago."""
        ends_at = self.settings.get("shift")
        return ends_at is not None and self.now() >= (ends_at + seconds) * 1000

    def _forget(self) -> None:
        """Forget the door at the end of a shift; what was done here stays until it is told."""
        with opened(self.folder) as db:
            db.execute("PRAGMA secure_delete = ON")
            for table in ("record", "shown", "name"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608
            db.execute("DELETE FROM item WHERE receipted_at IS NOT NULL")
            db.execute(
                "DELETE FROM setting WHERE name IN ('snapshot', 'stand', 'checked', 'names')"
            )
        with refusing():
            for path in self.folder.iterdir():
                if path.name.startswith(("log-", "snapshot-")):
                    path.unlink()
        self._open()

    def _through(self, path: str, headers: Headers, body: bytes | None) -> tuple[int, Headers, Any]:
        """Ask as who we are, and learn by how much the event's clock differs from ours."""
        if token := self.settings.get("token"):
            headers = {**headers, "Authorization": f"Bearer {token}"}
        self._status = 0
        status, answered, chunks = self._transport(path, headers, body)
        self._status = status
        if said := int(answered.get("eventday-now", 0)):
            is_new = self.settings.get("anchor", {}).get("boot") != self._boot
            if is_new or abs(said - self.now()) > NOISE:
                self._settle(anchor=self._times() | {"now": said})
        return status, answered, chunks

    def _ready(self) -> Known:
        """Return what is known, or say why nothing can be decided."""
        if "token" not in self.settings:
            raise PhoneError("refused", "This device is no scanner yet; enrol it with a code.")
        if self.is_over:
            raise PhoneError("refused", "The shift is over; ask the lead for a new code.")
        if self._known is None:
            raise PhoneError("refused", "Nothing is known here yet; find a network once.")
        return self._known

    def _place(self, gate: str) -> Place:
        places = self.places()
        if place := places.get(gate or (next(iter(places)) if len(places) == 1 else "")):
            return place
        raise PhoneError("refused", f"Name a gate of this device: {', '.join(places) or 'none'}.")

    def _add(self, kind: str, payload: Mapping[str, Any]) -> str:
        said = {n: v for n, v in payload.items() if v is not None and v is not False and v != ""}
        name = self._phone.put(kind, said)
        self._past.add({"id": name, "kind": kind, "payload": said}, self.now())
        return name

    def _person(self, known: Known, code: Code | None) -> Mapping[str, str] | None:
        """Return who it is; a name that is not here is asked for when the server is met."""
        if code is None:
            return None
        person = person_of(self.folder, code.signature, known.event)
        self._misses_name = self._misses_name or person is None
        return person

    def _fetch_names(self) -> None:
        """Fetch the sealed names now and then, and when one was missed."""
        known, now = self.settings.get("names", {"etag": "", "at": 0}), int(self._clock())
        if 0 <= now - known["at"] < NAMES_EVERY and not self._misses_name:
            return
        with suppress(PhoneError), refusing():
            tag = {"If-None-Match": known["etag"]} if known["etag"] else {}
            status, answered, body = self._phone.ask("sync/door/sealed", tag)
            made = {"etag": answered.get("etag", known["etag"]), "at": now}
            if status == 200:
                keep(self.folder, json.loads(body)["names"], made)
            self._settle(names=made)
            self._misses_name = False

    def _told(self, receipts: list[Row]) -> None:
        rows = [(row["id"], row["code"]) for row in receipts if row.get("code")]
        with opened(self.folder) as db:
            db.executemany("INSERT OR REPLACE INTO trouble VALUES (?, ?)", rows)

    def _settle(self, **values: Any) -> None:
        settle(self.folder, **values)
        self.settings = settings_of(self.folder)

    def _times(self) -> Row:
        t, mono = int(self._clock() * 1000), int(self._monotonic() * 1000)
        return {"t": t, "boot": self._boot, "mono": mono}


_WITHOUT_CODES = """
UPDATE item SET item = json_remove(item, '$.payload.code')
WHERE receipted_at IS NOT NULL AND json_extract(item, '$.payload.code') IS NOT NULL
"""
