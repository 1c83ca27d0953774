"""A device at a door, in a folder: who it is, what time it is, what it knows, did and tells.

It decides nothing: that is `sync.scanner`.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from sync.clock import Starts, begun, heard, moment_of, moments
from sync.known import Known, known_of
from sync.mine import heard_undos, opened, settings_of, settle
from sync.names import TABLE, keep
from sync.past import Past
from sync.phone import Headers, Phone, Result, Transport
from sync.replica import Row, json_of
from sync.shift import read_shift
from sync.trouble import FAILED, PhoneError, refusing

JSON = {"Content-Type": "application/json"}
NAMES_EVERY, GRACE, NEARLY = 300, 1_800, 60
"""Seconds until sealed names are asked for again; from a shift's end until all is forgotten; before
its end in which the server may end it first."""
TROUBLE = "CREATE TABLE IF NOT EXISTS trouble (id TEXT PRIMARY KEY, code TEXT NOT NULL) STRICT"
UNUSABLE = {
    404: "There is no such code; ask for a new one.",
    410: "This code was used or has expired; ask for a new one.",
    429: "Too many wrong codes were tried; wait a few minutes.",
}
LOCKED = "The server takes this device no more; get a new code. What waits is still sent."


class Device:
    """One folder, kept by one process, one call after the other.

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
        self._random, self._misses_name, self._is_refused = random, False, False
        self.settings: Row = {}
        self._starts: Starts = []
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
        return moment_of(self._times(), self._begun())

    def enrol(self, code: str, *, label: str = "") -> None:
        """Become a scanner by a code that works once, or by the link that ends in it."""
        said = {"code": code.strip().rpartition("#")[2], "device": self.settings["device"]}
        asked = self._times()
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
            starts = [one for one in self._starts if one["boot"] != asked["boot"]]
            self._settle(
                token=answer["token"],
                role=answer["role"],
                gates=answer["gates"],
                number=answer["device"]["id"],
                label=answer["device"]["label"],
                shift=shift and int(datetime.fromisoformat(shift).timestamp()),
                starts=[*starts, asked | {"now": int(now.timestamp() * 1000), "heard": True}],
            )
            self._date(self.settings["starts"])

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
        self._is_refused = False
        sent = result = self._phone.flush(self._told)
        if sent.outcome == "sent":
            with opened(self.folder) as db:  # a full code was for the server's eyes
                db.execute(_WITHOUT_CODES)
        # Where but a clock says that the shift is over, the server is asked.
        if not self.is_over or not self._begun()[-1]["heard"]:
            result = self._phone.sync()
            self.settings = settings_of(self.folder)
            if result.outcome in {"updated", "snapshot"}:
                self._known = known_of(self._phone.rows)
            if result.outcome not in FAILED:
                self._fetch_names()
        self._past.heard = heard_undos(self.folder)
        if self._has_lapsed():
            self._forget(told=True)
        if self._is_refused:
            # At the end of a shift the server may be a little earlier: that is no withdrawal.
            if "stand" in self.settings and not self._has_ended(-NEARLY):
                self._forget(told=False)
            return Result("refused", LOCKED, result.wait)
        result = sent if sent.outcome in FAILED else result
        self._settle(next=self._clock() + (result.wait if result.outcome in FAILED else 0))
        return result

    def is_due(self) -> bool:
        """Say whether to meet the server without being told to."""
        wait = self.settings.get("next", 0) - self._clock()
        return "token" in self.settings and not 0 < wait <= 120

    def _open(self) -> None:
        """Read what the disk holds; at the end of the shift forget it."""
        self._phone = Phone(
            self.folder, self._through, boot=self._boot, monotonic=self._monotonic,
            clock=self._clock, random=self._random, feed="door", kept=math.inf,
        )  # fmt: skip
        with opened(self.folder, "BEGIN") as db:
            db.execute(TABLE)
            db.execute(TROUBLE)
        self.settings = settings_of(self.folder)
        self._known = known_of(self._phone.rows)
        self._date(self.settings.get("starts", []))
        if self._has_lapsed() and "stand" in self.settings:
            self._forget(told=True)

    def _has_lapsed(self) -> bool:
        """Say whether it is time to forget the door; by but a clock it takes half an hour more."""
        start = self._begun()[-1]
        return self._has_ended(GRACE) and (
            start["heard"] or self.now() >= start["now"] + GRACE * 1000
        )

    def _has_ended(self, seconds: int) -> bool:
        """Say whether the shift ended so many seconds ago."""
        ends_at = self.settings.get("shift")
        return ends_at is not None and self.now() >= (ends_at + seconds) * 1000

    def _forget(self, *, told: bool) -> None:
        """Forget the door, and of what was done here what was `told`, or nothing."""
        with opened(self.folder) as db:
            db.execute("PRAGMA secure_delete = ON")
            for table in ("record", "shown", "name"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608
            db.execute("DELETE FROM item WHERE receipted_at IS NOT NULL AND ?", (told,))
            db.execute(
                "DELETE FROM setting WHERE name IN ('snapshot', 'stand', 'checked', 'names')"
            )
        with refusing():
            for path in self.folder.iterdir():
                if path.name.startswith(("log-", "snapshot-")):
                    path.unlink()
        self._open()

    def _through(self, path: str, headers: Headers, body: bytes | None) -> tuple[int, Headers, Any]:
        """Ask as who we are, and learn what time it is for the event."""
        if token := self.settings.get("token"):
            headers = {**headers, "Authorization": f"Bearer {token}"}
        self._status, self._is_refused, asked = 0, False, self._times()
        status, answered, chunks = self._transport(path, headers, body)
        self._status = status
        if said := int(answered.get("eventday-now", 0)):
            self._is_refused = status == 401  # by eventday, not by somebody's Wi-Fi
            starts = heard(self._begun(), self._times(), said=said, asked=asked)
            if starts is not self._starts:
                self._date(starts)
                self._settle(starts=starts)
        return status, answered, chunks

    def _begun(self) -> Starts:
        """Return this device's starts, up to this one."""
        times = self._times()
        if not self._starts or self._starts[-1]["boot"] != times["boot"]:
            days = self._known.days if self._known else ()
            end = days[-1][1] * 1000 if days else math.inf
            self._date(begun(self._starts, times, items=self._items(), end=end))
        return self._starts

    def _date(self, starts: Starts) -> None:
        """Date by other starts what was done here."""
        self._starts, self._past, items = starts, Past(self.settings["device"]), self._items()
        now = moment_of(self._times(), starts)
        for item, at in zip(items, moments(items, starts, now), strict=True):
            self._past.add(item, at)
        self._past.heard = heard_undos(self.folder)

    def _items(self) -> list[Row]:
        with opened(self.folder, "BEGIN") as db:
            return [json.loads(item) for (item,) in db.execute("SELECT item FROM item ORDER BY n")]

    def _add(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Store what is done, and only then count it; return its id."""
        now = self.now()
        if self._starts != self.settings.get("starts"):
            self._settle(starts=self._starts)
        said = {n: v for n, v in payload.items() if v is not None and v is not False and v != ""}
        name = self._phone.put(kind, said)
        self._past.add({"id": name, "kind": kind, "payload": said}, now)
        return name

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
            # What was put aside before may be taken now.
            db.executemany("DELETE FROM trouble WHERE id = ?", [(row["id"],) for row in receipts])
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
