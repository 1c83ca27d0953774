"""The reference client: keeps a feed on a phone as docs/sync.md says; written to be ported.

It knows that page and nothing of eventday's code; a "step" is one of its "What a phone does". It
takes Python and cryptography only: what each platform has of its own, such as HTTP, is handed in.
What is pure lies in `sync/replica.py` and `items.py`, what can go wrong in `trouble.py`.

What is kept is the snapshot as it was downloaded and, in `mine.db`, the records after it and all
that is the phone's own. Rows live in memory: each start replays them and compares their state.
"""

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random, SystemRandom
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.items import new_item, packed
from sync.mine import SET, TABLES, opened, settings_of, settle
from sync.replica import (
    LARGEST,
    STAND,
    Held,
    Key,
    Row,
    Rows,
    decoded,
    encoded,
    found,
    json_of,
    media_of,
    order_of,
    read,
    replay,
    unpacked,
    verifies,
)
from sync.trouble import SENSELESS, PhoneError, refusing

News = tuple[tuple[int, int], dict[Key, tuple[Row | None, Row | None]]]
"""An epoch and seq, and the rows that are new there: as they were last shown, and as they are."""
Headers = Mapping[str, str]
Transport = Callable[[str, Headers, bytes | None], tuple[int, Headers, Iterator[bytes]]]
"""GETs a path below `/v1/`, or POSTs a body. Returns the status, headers (names in lower case,
Retry-After in seconds), the body without Content-Encoding; ConnectionError: the network fails."""

SCHEMA, BATCH = 1, 200
LATER, KEPT = 600, 7 * 86_400
"""Seconds until what is whole but wrong is tried again; and that items with a receipt stay."""
DONE = {"stored", "quarantined"}
NO_CACHE = {"Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Result:
    """What happened, in a sentence too, and in how many seconds to ask again.

    Outcomes: unchanged, updated, snapshot, sent, stale; refused, outdated, unreachable, unwritable.
    """

    outcome: str
    sentence: str
    wait: float


class Phone:
    """One feed in one folder, kept by one process, of which one thread syncs and flushes.

    Others may read and `put` meanwhile. `monotonic` counts seconds since the device's start, which
    `boot` names. What fails in `sync` and `flush` is a Result, in everything else a PhoneError.
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
        feed: str = "public",
        headers: Headers | None = None,
        kept: float = KEPT,
    ) -> None:
        self.folder, self._transport = folder, transport
        self._boot, self._monotonic, self._clock = boot, monotonic, clock
        self._random = random or SystemRandom()
        self._feed, self._headers, self._kept = f"sync/{feed}/", headers or {}, kept
        self._failures = self._stale = 0
        self._caching: Headers = {}
        self._wrong: dict[str, float] = {}
        self._held: Held = STAND, {}, {}
        with refusing():
            folder.mkdir(parents=True, exist_ok=True)
        with opened(self.folder, "BEGIN") as db:
            db.executescript(TABLES)
        if "device" not in self._mine:
            settle(self.folder, device=str(uuid.uuid4()))
        snapshot = folder / self._mine.get("snapshot", "none")
        if snapshot.is_file():
            with opened(self.folder, "BEGIN") as db:
                lines = db.execute("SELECT record FROM record ORDER BY s").fetchall()
            try:
                records, stand = [json.loads(line[0]) for line in lines], self._mine["stand"]
                order_of(stand)
                self._held = replay(read(snapshot), records, stand)
            except (sqlite3.Error, *SENSELESS):
                with refusing():
                    snapshot.unlink()  # the next sync mends it

    @property
    def rows(self) -> Rows:
        """All rows of one publish; they are replaced and never changed."""
        return self._held[2]

    def pin(self, event: str, key: str) -> None:
        """Trust an event's UUID and first key (base64url), as an app does with its build's.

        A phone that was told none asks the server, which is safe over TLS only.
        """
        with refusing("This is no key of an event; get the link again."):
            Ed25519PublicKey.from_public_bytes(decoded(key))
        if self._mine.get("event", event) != event:
            raise PhoneError("refused", "This folder keeps another event; use a new one.")
        if self._mine.get("given") != key:  # a build's key may have been rotated since
            settle(self.folder, event=event, given=key, key=key)

    def sync(self) -> Result:
        """Bring the rows up to date (steps 1 to 6)."""
        return self._run(self._sync)

    def flush(self, told: Callable[[list[Row]], object] | None = None) -> Result:
        """Send all that has no receipt yet; `told` gets receipts before they are noted."""
        return self._run(lambda: self._flush(told))

    def pause(self) -> float:
        """Return for how many seconds to wait first when the network has come back."""
        return self._random.uniform(0, self._held[0]["poll"][1])

    def status(self) -> Row:
        """Return the head's `epoch`, `seq` …, `age` (seconds since a check), `is_old`, `unsent`."""
        stand, now, checked = self._held[0], self._clock(), self._mine.get("checked")
        with opened(self.folder, "BEGIN") as db:
            items = db.execute("SELECT count(*) FROM item WHERE receipted_at IS NULL").fetchone()
        age = None if checked is None else max(0.0, now - checked)
        return stand | {"age": age, "is_old": now > stand["expires"], "unsent": items[0]}

    def put(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Store an item for the server and return its id; it is on the disk before this returns."""
        with opened(self.folder) as db:
            return self._put(db, kind, payload)

    def search(self, text: str) -> set[int]:
        """Return the ids of sessions that have every word, or what it is a part of."""
        return found(self.rows, text)

    def new(self) -> News:
        """Return what is new, each row once; what changed and changed back is not."""
        stand, _, rows = self._held
        with opened(self.folder, "BEGIN") as db:
            shown = db.execute("SELECT key, row FROM shown ORDER BY rowid").fetchall()
        before = [(tuple(json.loads(key)), json.loads(row)) for key, row in shown]
        changes = {key: (old, rows.get(key)) for key, old in before if old != rows.get(key)}
        return (stand["epoch"], stand["seq"]), changes

    def shown(self, news: News) -> None:
        """Note that people saw this; the organisers are told which publish it was."""
        (epoch, seq), changes = news
        rows = [(json_of(key), json_of(new)) for key, (_, new) in changes.items()]
        with opened(self.folder) as db:
            db.executemany("INSERT OR REPLACE INTO shown VALUES (?, ?)", rows)
            if [epoch, seq] > self._mine.get("seen", [0, 0]):
                self._put(db, "seen", {"epoch": epoch, "seq": seq})
                db.execute(SET, ("seen", json_of([epoch, seq])))

    def _run(self, work: Callable[[], tuple[str, str, float]]) -> Result:
        try:
            with refusing("What came is not from this event; this Wi-Fi may want a login."):
                result = Result(*work())
        except PhoneError as error:
            self._failures = min(self._failures + 1, 7)
            wait = error.retry_after + self._random.uniform(1, min(120, 2**self._failures))
            return Result(error.outcome, str(error), wait)
        self._failures = 0
        return result

    def _sync(self) -> tuple[str, str, float]:
        if "event" not in self._mine:
            known = json.loads(self.ask("bootstrap", {})[2])
            keys = [key["public"] for key in known["keys"] if key["purpose"] == "feed"]
            self.pin(known["event"]["uuid"], keys[0])
        stand = self._held[0]
        head = self._head({"If-None-Match": stand["etag"]} if stand["etag"] else {})
        if order_of(head) < order_of(stand):  # step 2
            self._stale += 1
            if self._stale % 3 == 0:
                head = self._head(NO_CACHE)
        # An hour at most: a slip on the server must not silence phones.
        wait = min(head["poll"][0] + self._random.uniform(0, head["poll"][1]), 3600)
        if order_of(head) < order_of(stand):
            return "stale", "An old copy came; what this phone holds is newer and stays.", wait
        self._stale, outcome = 0, "unchanged"
        if head is stand:
            settle(self.folder, checked=int(self._clock()))
        else:
            outcome = self._follow(head)
        self._fetch_media()
        return outcome, f"This phone is up to date (publish {head['seq']}).", wait

    def _head(self, headers: Headers) -> Row:
        """Return a head that the event's key has signed, for a 304 where we stand (step 1)."""
        status, answered, body = self.ask(f"{self._feed}head", headers)
        if status == 304:
            return self._held[0]
        line, _, signature = body.partition(b"\n")
        event, key, links = self._mine["event"], self._mine["key"], None
        while not verifies(key, signature.decode(), b"eventday-head-v1\n" + line):
            if links is None:
                known = json.loads(self.ask(f"{self._feed}keys", {})[2])["links"]
                links = {link["from"]: link for link in known}
            link = links.pop(key)
            if not verifies(key, link["sig"], f"eventday-key-v1\n{event}\n{link['to']}".encode()):
                raise ValueError
            key = link["to"]
        head: Row = json.loads(line) | {"etag": answered.get("etag", "")}
        if head["event"] != event:
            raise PhoneError("refused", "This server has another event; check its address.")
        if (head["v"], head["schema"]) != (1, SCHEMA):
            sentence = "Update this app: it cannot read what is new."
            raise PhoneError("outdated", sentence, retry_after=LATER)
        if links is not None:
            settle(self.folder, key=key)
        return head

    def _follow(self, head: Row) -> str:
        stand, name, now = self._held[0], head["snapshot"]["name"], self._clock()
        if head["epoch"] == stand["epoch"] and stand["seq"] >= head["log_from"]:
            records = self._records(head, stand["seq"])  # step 3
            try:
                held = replay(self._held, records, head)  # step 4
            except SENSELESS:
                pass  # only a snapshot helps
            else:
                self._keep(held, records)
                return "updated" if records else "unchanged"
        if now - self._wrong.get(name, 0) < LATER:  # step 5
            raise PhoneError("refused", "The server's data do not fit together; trying later.")
        records = self._records(head, head["snapshot"]["seq"])
        path = self._file(f"{name}.gz", head["snapshot"]["wire"])
        try:
            held = replay(read(path), records, head)
        except (OSError, sqlite3.Error, *SENSELESS):
            self._wrong[name] = now
            if path.name != self._mine.get("snapshot"):
                path.unlink()
            raise
        self._keep(held, records, path)
        return "snapshot"

    def _keep(self, held: Held, records: list[Row], snapshot: Path | None = None) -> None:
        """Switch to other rows, on the disk and here: all at once or not at all."""
        old, (_, layout, new) = self.rows, held
        ops = (op for record in records for op in record["ops"])
        keys = {*old, *new} if snapshot else {(*op[: layout[op[0]][0] + 1],) for op in ops}
        changed = [key for key in keys if old.get(key) != new.get(key)]
        rows = [(json_of(key), json_of(old.get(key))) for key in changed if old]
        with opened(self.folder) as db:
            if snapshot:  # SQLite syncs the folder with its journal: this name is on the disk first
                db.execute("DELETE FROM record")
                db.execute(SET, ("snapshot", json_of(snapshot.name)))
            lines = [(record["s"], json_of(record)) for record in records]
            db.executemany("INSERT INTO record VALUES (?, ?)", lines)
            # What is new is kept as it was last shown, before it changed.
            db.executemany("INSERT OR IGNORE INTO shown VALUES (?, ?)", rows)
            if held[0]["epoch"] != self._held[0]["epoch"]:  # a backup may lack what came lately
                again = "UPDATE item SET receipted_at = NULL WHERE receipted_at > ?"
                db.execute(again, (self._clock() - KEPT,))
            db.execute(SET, ("stand", json_of(held[0])))
            db.execute(SET, ("checked", json_of(int(self._clock()))))
        self._held = held

    def _records(self, head: Row, seq: int) -> list[Row]:
        """Return every record after a seq, none missing (step 3)."""
        records: list[Row] = []
        for start, end, digest, size in head["log"]:
            if end > seq:
                name = f"log-{head['epoch']}-{start}-{end}-{digest}.json"
                records += json.loads(self._file(name, size).read_bytes())
        records = [record for record in records + head["tail"] if record["s"] > seq]
        if [record["s"] for record in records] != [*range(seq + 1, head["seq"] + 1)]:
            raise ValueError
        return records

    def _file(self, name: str, size: int) -> Path:
        """Return a file whose name has its SHA-256; what arrives of it is kept, and continued."""
        path, part = self.folder / name, self.folder / f"{name}.part"
        if path.exists():
            return path
        with part.open("ab") as file:
            if file.tell() < size:
                self.ask(f"{self._feed}{name}", self._caching, into=file)
            os.fsync(file.fileno())
        is_same = False
        with suppress(ValueError):
            digest = sha256(unpacked(part))
            is_same = encoded(digest.digest()) in name or digest.hexdigest() in name
        self._caching = {} if is_same else NO_CACHE
        if not is_same:
            part.unlink()
            raise ValueError
        return part.replace(path)

    def ask(
        self, path: str, headers: Headers, body: bytes | None = None, into: IO[bytes] | None = None
    ) -> tuple[int, Headers, bytes]:
        """Return status, headers and body of an answer, which continues what it goes `into`."""
        into = into or BytesIO()
        start = into.tell()
        ranged = {"Range": f"bytes={start}-"} if start else {}
        wanted = {**self._headers, **headers, **ranged}
        status, answered, chunks = self._transport(path, wanted, body)
        is_rest = status == 206 and answered.get("content-range", "").startswith(f"bytes {start}-")
        if status in {200, 206, 416} and not is_rest:
            into.truncate(0)
        if status != 200 and not is_rest and (status != 304 or "If-None-Match" not in wanted):
            outcome = "unreachable" if status >= 500 or status == 429 else "refused"
            sentence = f"The server says {status}; everything is kept, and it is asked again later."
            wait = min(float(answered.get("retry-after", 0)), 86_400)
            raise PhoneError(outcome, sentence, retry_after=wait)
        for chunk in chunks:
            if into.tell() + len(chunk) > LARGEST:
                raise ValueError
            into.write(chunk)
        return status, answered, into.getvalue() if isinstance(into, BytesIO) else b""

    def _fetch_media(self) -> None:
        """Fetch what is new, lowest priority first; drop what is no longer needed (step 6)."""
        wanted = media_of(self.rows)
        needed = {*wanted, self._mine["snapshot"]}
        for path in self.folder.iterdir():
            is_file = path.name.startswith(("log-", "media-", "snapshot-"))
            if is_file and path.name.removesuffix(".part") not in needed:
                path.unlink()
        for name, size in wanted.items():
            now = self._clock()
            if now - self._wrong.get(name, 0) >= LATER:
                try:
                    with refusing():
                        self._file(name, size)
                except PhoneError:
                    self._wrong[name] = now
                    return

    def _put(self, db: sqlite3.Connection, kind: str, payload: Mapping[str, Any]) -> str:
        at, mono = int(self._clock() * 1000), int(self._monotonic() * 1000)
        times, bits = {"t": at, "boot": self._boot, "mono": mono}, self._random.getrandbits
        with refusing("This cannot be sent: it is too large, or no JSON."):
            item, text = new_item(kind, payload, times, bits)
        db.execute("INSERT INTO item (item) VALUES (?)", (text,))
        return item

    def _flush(self, told: Callable[[list[Row]], object] | None) -> tuple[str, str, float]:
        waiting = "SELECT n, item FROM item WHERE receipted_at IS NULL ORDER BY n LIMIT ?"
        sent = 0
        while True:
            with opened(self.folder, "BEGIN") as db:
                items = [json.loads(item) | {"n": n} for n, item in db.execute(waiting, (BATCH,))]
            if not items:
                return "sent" if sent else "unchanged", f"Nothing is left to send ({sent} sent).", 0
            at, mono = int(self._clock() * 1000), int(self._monotonic() * 1000)
            batch = {"device": self._mine["device"], "boot": self._boot}
            items, body = packed(items, batch | {"sent_at": at, "sent_mono": mono})
            headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            rows = json.loads(self.ask("sync/outbox", headers, body)[2])["receipts"]
            numbers = {item["id"]: item["n"] for item in items}
            receipts = [row for row in rows if row["status"] in DONE and row["id"] in numbers]
            if not receipts:
                raise ValueError
            if told:
                told(receipts)
            done = [(at // 1000, numbers[receipt["id"]]) for receipt in receipts]
            with opened(self.folder) as db:
                db.executemany("UPDATE item SET receipted_at = ? WHERE n = ?", done)
                db.execute("DELETE FROM item WHERE receipted_at < ?", (at // 1000 - self._kept,))
            sent += len(done)

    @property
    def _mine(self) -> Row:
        return settings_of(self.folder)
