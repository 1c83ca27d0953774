"""The phone's outbox: on the disk before anything turns green, kept until its receipt."""

import gzip
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from sync.kept.asking import SMALL, Asking
from sync.kept.storage import Mine, Outcome, Row, json_of, refusing, setting, settle

BATCH, BATCH_BYTES, LONGEST_PAYLOAD = 200, 900_000, 10_000
KEPT = 7 * 86_400
"""Seconds that items with a receipt stay."""
SET = 50
"""Milliseconds by which a clock must have moved against the time since the start to be set."""
_PUT = "INSERT INTO item (id, kind, t, boot, mono, payload) VALUES (?, ?, ?, ?, ?, ?)"
_UNSENT = (
    "SELECT id, n, kind, t, boot, mono, payload FROM item WHERE receipt IS NULL ORDER BY n LIMIT ?"
)


def since_boot() -> float:
    """Return the seconds since the device started."""
    # It has to count while the device sleeps, which Linux's CLOCK_MONOTONIC does not.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def boot_of() -> str:
    """Return a name for this start of the device."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return str(uuid.uuid4())


def ms(seconds: float) -> int:
    """Return seconds as whole milliseconds."""
    return max(0, int(seconds * 1000))


class Outbox:
    """Items of one device, numbered without gaps."""

    def __init__(
        self,
        mine: Mine,
        asking: Asking,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        random: Random,
        boot: str,
    ) -> None:
        self._mine, self._asking = mine, asking
        self._clock, self._monotonic, self._random, self._boot = clock, monotonic, random, boot

    def put(self, db: sqlite3.Connection, kind: str, payload: Mapping[str, Any]) -> str:
        """Store an item in a transaction of `mine.db` and return its id."""
        with refusing("This cannot be sent: it is too large, or no JSON."):
            text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
            if len(text.encode()) > LONGEST_PAYLOAD:
                raise ValueError
        at, bits = ms(self._clock()), self._random.getrandbits
        # UUIDv7 (RFC 9562, section 5.7)
        number = (at % 2**48) << 80 | 7 << 76 | bits(12) << 64 | 2 << 62 | bits(62)
        item = str(uuid.UUID(int=number))
        db.execute(_PUT, (item, kind, at, self._boot, ms(self._monotonic()), text))
        return item

    def age(self, db: sqlite3.Connection, epoch: int) -> None:
        """Forget items with an old receipt; another epoch may not have those with a new one."""
        db.execute("DELETE FROM item WHERE receipted_at < ?", (int(self._clock()) - KEPT,))
        if epoch and setting(db, "epoch") != epoch:
            db.execute("UPDATE item SET receipt = NULL, receipted_at = NULL")
            settle(db, epoch=epoch)

    def flush(self, epoch: int) -> tuple[Outcome, str, float]:
        """Send all that has no receipt; after a change of epoch, what had one too."""
        with self._mine.own() as db:
            self.age(db, epoch)
        sent = 0
        while items := self._unsent():
            envelope = {
                "device": self._mine.get("device"),
                "boot": self._boot,
                "sent_at": ms(self._clock()),
                "sent_mono": ms(self._monotonic()),
            }
            envelope["items"] = [_short(item, envelope) for item in items]
            headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            body = gzip.compress(json_of(envelope).encode())
            _, answer = self._asking.ask("sync/outbox", SMALL, headers, body)
            with refusing("What was sent has no receipt; it is kept and sent again."):
                said = {
                    receipt["id"]: receipt["status"] for receipt in json.loads(answer)["receipts"]
                }
                done = [
                    (said[item["id"]], int(self._clock()), item["id"])
                    for item in items
                    if said.get(item["id"]) in {"stored", "quarantined"}
                ]
                if not done:
                    raise ValueError
            with self._mine.own() as db:
                db.executemany("UPDATE item SET receipt = ?, receipted_at = ? WHERE id = ?", done)
            sent += len(done)
        return "sent" if sent else "unchanged", f"Nothing is left to send ({sent} sent).", 0

    def _unsent(self) -> list[Row]:
        """Return the next batch, oldest first."""
        with self._mine.own() as db:
            rows = [(*row[:-1], json.loads(row[-1])) for row in db.execute(_UNSENT, (BATCH,))]
        items: list[Row] = []
        size = 0
        for *values, payload in rows:
            size += len(json_of(payload).encode()) + 300  # what surrounds it
            if items and size > BATCH_BYTES:
                break
            names = ("id", "n", "kind", "t", "boot", "mono", "payload")
            items.append(dict(zip(names, (*values, payload), strict=True)))
        return items


def _short(item: Row, envelope: Row) -> Row:
    """Return an item without what follows from its id and the envelope (docs/sync.md, "Outbox")."""
    names = {"id", "n", "kind", "payload"}
    if item["t"] != int(item["id"].replace("-", "")[:12], 16):
        names.add("t")
    if item["boot"] != envelope["boot"]:
        names |= {"boot", "mono"}
    since_set = (item["t"] - item["mono"]) - (envelope["sent_at"] - envelope["sent_mono"])
    if abs(since_set) > SET:
        names.add("mono")
    return {name: value for name, value in item.items() if name in names}
