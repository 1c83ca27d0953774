"""The reference client: keeps an event on a phone as docs/sync.md says; written to be ported.

It knows that page and nothing of eventday's code. A "step" is one of its "What a phone does".
What it is made of lies in `sync/kept/`; all of it is standard library and cryptography.
"""

import fcntl
import json
import os
import re
import secrets
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

from sync.kept.asking import FEED, NO_CACHE, SMALL, Answer, Asking, Request, Transport, over_http
from sync.kept.files import Files, listed_media
from sync.kept.head import LATER, checked_head, is_signed, order_of, poll_of, unbase64, verifies
from sync.kept.outbox import Outbox, boot_of, since_boot
from sync.kept.rows import Difference, build, differing, merged_of, replay, stand_at, stand_of
from sync.kept.storage import (
    Key,
    Mine,
    Mismatch,
    Outcome,
    PhoneError,
    Row,
    database,
    json_of,
    refusing,
    setting,
    settle,
    storage,
    write_whole,
    writing,
)
from sync.kept.words import fold, found, sentence_of, sessions_of, zone_of

__all__ = ["Answer", "Phone", "PhoneError", "Request", "fold", "over_http"]

_NEWS = "SELECT key, old, new FROM change WHERE (epoch, seq) <= (?, ?) ORDER BY number"
_ETAG = re.compile(r'(W/)?"[!#-~]{1,200}"')


@dataclass(frozen=True, slots=True)
class Result:
    """What happened, in a sentence too, what it cost, and in how many seconds to ask again."""

    outcome: Outcome
    sentence: str
    wait: float
    requests: int
    body_bytes: int


@dataclass(frozen=True, slots=True)
class Status:
    """What the phone holds; `age` is seconds since the last check, `banner` is to be shown."""

    epoch: int
    seq: int
    age: float | None
    banner: str
    unsent: int


@dataclass(frozen=True, slots=True)
class Change:
    """A row that came (no `old`), went (no `new`) or has other values in the columns named."""

    key: Key
    old: Row | None
    new: Row | None
    sentence: str


@dataclass(frozen=True, slots=True)
class News:
    """How the agenda at a publish differs from what was last shown."""

    epoch: int
    seq: int
    changes: tuple[Change, ...]


class Phone:
    """One event in one folder, which belongs to one process until `close`.

    `pin` names the event and its first key; without it the first `sync` asks the server, which is
    safe over TLS only. Other threads may read and `put` meanwhile. What fails in `sync` and `flush`
    is a result; everything else raises PhoneError.
    """

    def __init__(
        self,
        folder: Path,
        transport: Transport,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = since_boot,
        random: Random | None = None,
        boot: str = "",
    ) -> None:
        self.folder, self._clock, self._random = folder, clock, random or SystemRandom()
        self._busy, self._switching = threading.RLock(), threading.RLock()
        self._failures = self._stale = 0
        self._asking = Asking(transport, clock)
        with storage(), ExitStack() as taken:
            (folder / "media").mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder, os.O_RDONLY)
            taken.callback(os.close, self._lock)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._mine = taken.enter_context(closing(Mine(folder / "mine.db")))
            os.fsync(self._lock)
            if not self._mine.get("device"):
                self._mine.set(device=str(uuid.uuid4()))
            self._forget()
            self._taken = taken.pop_all()
        self._files = Files(folder, self._asking, self._mine, clock)
        self._outbox = Outbox(
            self._mine,
            self._asking,
            clock=clock,
            monotonic=monotonic,
            random=self._random,
            boot=boot or boot_of(),
        )

    def close(self) -> None:
        """Give the folder back."""
        self._taken.close()

    def pin(self, event: str, key: str) -> None:
        """Trust an event's UUID and public key (base64url).

        The same key once more changes nothing: an app pins its build's at each start, after
        rotations too.
        """
        with refusing("This is no key of an event; get the link again."):
            unbase64(key, 32)
        if self._mine.get("event", event) != event:
            raise PhoneError("refused", "This folder keeps another event; use a new one.")
        if self._mine.get("given") != key:
            self._mine.set(event=event, given=key, key=key)

    def sync(self) -> Result:
        """Bring the agenda up to date (steps 1 to 6)."""
        return self._run(self._sync)

    def flush(self) -> Result:
        """Send all that has no receipt yet."""
        return self._run(lambda: self._outbox.flush(self._held()[1]["epoch"]))

    def pause(self) -> float:
        """Return for how many seconds to wait first when the network has come back."""
        return self._random.uniform(0, poll_of(self._held()[1])[1])

    def status(self) -> Status:
        """Return where the phone stands."""
        held, checked, now = self._held()[1], self._mine.get("checked"), self._clock()
        age = None if checked is None else max(0.0, now - checked)
        banner = f"Last checked {(age or 0) / 3600:.0f} hours ago: changes may be missing."
        with self._mine.own() as db:
            (unsent,) = db.execute("SELECT count(*) FROM item WHERE receipt IS NULL").fetchone()
        return Status(*order_of(held), age, banner if now > held["expires"] else "", unsent)

    def agenda(self) -> list[Row]:
        """Return the sessions by time: title, room and track by language, moments UTC seconds."""
        with self._reading() as db:
            return sessions_of(db) if db else []

    def search(self, text: str) -> list[Row]:
        """Return the sessions that have every word, or what it is a part of, however spelt."""
        with self._reading() as db:
            return found(db, text) if db else []

    def zone(self) -> str:
        """Return the IANA name of the venue's time zone, "UTC" while nothing is here."""
        with self._reading() as db:
            return str(zone_of(db) if db else UTC)

    def new(self, language: str = "en") -> News:
        """Return what differs from what was last shown, each row once, sessions first."""
        at = order_of(self._held()[1])
        with self._mine.own() as db:
            rows = [[*map(json.loads, row)] for row in db.execute(_NEWS, at)]
        merged = merged_of(rows)
        with self._reading() as db:
            sessions = {row["id"]: row for row in sessions_of(db)} if db else {}
            zone = zone_of(db) if db else UTC
        changes: list[Change] = []
        told: set[int] = set()
        for key in sorted(merged, key=lambda key: key[0] != "session"):
            old, new = differing(*merged[key])
            if old != new:
                is_about = key[0] in {"session", "session_speaker"} and key[1] not in told
                told.update(key[1:2] if is_about else ())
                said = sentence_of(key, old, new, sessions, zone, language) if is_about else ""
                changes.append(Change(key, old, new, said))
        return News(*at, tuple(changes))

    def shown(self, news: News) -> None:
        """Note that people saw this; the organisers are told which publish it was."""
        at = [news.epoch, news.seq]
        with self._mine.own() as db:
            db.execute("DELETE FROM change WHERE (epoch, seq) <= (?, ?)", at)
            if news.epoch and setting(db, "shown", []) < at:
                self._outbox.put(db, "seen", {"epoch": news.epoch, "seq": news.seq})
                settle(db, shown=at)

    def put(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Store an item for the server and return its id; it is on the disk before this returns."""
        with self._mine.own() as db:
            return self._outbox.put(db, kind, payload)

    def _run(self, work: Callable[[], tuple[Outcome, str, float]]) -> Result:
        with self._busy:
            self._asking.requests = self._asking.received = 0
            try:
                with storage():
                    outcome, sentence, wait = work()
                self._failures = 0
            except PhoneError as error:
                self._failures = min(self._failures + 1, 7)
                outcome, sentence = error.outcome, str(error)
                wait = error.retry_after + self._random.uniform(1, min(120, 2**self._failures))
            return Result(outcome, sentence, wait, self._asking.requests, self._asking.received)

    def _sync(self) -> tuple[Outcome, str, float]:
        if not self._mine.get("event"):
            self._bootstrap()
        path, held = self._held()
        head = self._head({"If-None-Match": held["etag"]} if held["etag"] else {})
        if head and order_of(head) < order_of(held):  # step 2
            self._stale += 1
            if self._stale % 3 == 0:
                head = self._head(NO_CACHE)
        base, spread = poll_of(head or held)
        wait = base + self._random.uniform(0, spread)
        if head and order_of(head) < order_of(held):
            return "stale", "An old copy came; what this phone holds is newer and stays.", wait
        self._stale = 0
        outcome = self._follow(head, path, held) if head else "unchanged"
        at = order_of(head or held)
        with self._mine.own() as db:
            settle(db, checked=int(self._clock()))
            self._outbox.age(db, at[0])
        with self._reading() as db:
            listed = listed_media(db) if db else {}
        self._files.fetch_media(listed)
        return outcome, f"The agenda is up to date (publish {at[1]}).", wait

    def _follow(self, head: Row, path: Path | None, held: Row) -> Outcome:
        is_mismatch = False
        if path and (*order_of(head), head["state"]) == (*order_of(held), held["state"]):
            if head["issued"] >= held["issued"]:
                with writing(path) as db:
                    stand_at(db, head)
            return "unchanged"
        if path and head["epoch"] == held["epoch"] and held["seq"] >= head["log_from"]:
            records = self._records(head, held["seq"])  # step 3
            try:
                with writing(path) as db:  # step 4
                    # News are stored before, and count once the agenda has got there.
                    self._note(head, held, replay(db, held["state"], records, head["state"]))
                    stand_at(db, head)
                return "updated"
            except Mismatch:
                is_mismatch = True
        self._replace(head, path, held, is_mismatch=is_mismatch)
        return "snapshot"

    def _replace(self, head: Row, path: Path | None, held: Row, *, is_mismatch: bool) -> None:
        """Switch to the head's snapshot and what follows it (step 5)."""
        name, now = head["snapshot"]["name"], int(self._clock())
        at, last = self._mine.get("rebuilt", (now - LATER, ""))
        if 0 <= now - at < LATER and (is_mismatch or name == last):
            raise PhoneError("refused", "The server's data do not fit together; trying later.")
        content = self._files.download(head)
        records = self._records(head, head["snapshot"]["seq"])
        if is_mismatch:
            self._mine.set(rebuilt=(now, name))
        # Never a name again: SQLite would replay a journal that was left under it.
        new = self.folder / f"agenda-{secrets.token_hex(16)}.db"
        try:
            self._note(head, held, build(new, content, records, head, path))
            os.fsync(self._lock)
            with self._switching:
                write_whole(self.folder / "current", new.name.encode())
            (self.folder / f"{name}.gz.part").unlink()
        except Mismatch:
            self._mine.set(rebuilt=(now, name))
            raise
        finally:
            self._forget()

    def _note(self, head: Row, held: Row, found: list[Difference]) -> None:
        if held["epoch"]:
            rows = [(head["epoch"], seq, *map(json_of, rest)) for seq, *rest in found]
            with self._mine.own() as db:
                db.execute("DELETE FROM change WHERE (epoch, seq) > (?, ?)", order_of(held))
                db.executemany("INSERT INTO change VALUES (NULL, ?, ?, ?, ?, ?)", rows)

    def _bootstrap(self) -> None:
        _, body = self._asking.ask("bootstrap", SMALL, {})
        with refusing("The server names no event and key; check its address."):
            known = json.loads(body)
            keys = [key["public"] for key in known["keys"] if key["purpose"] == "feed"]
            self.pin(str(uuid.UUID(known["event"]["uuid"])), keys[0])

    def _head(self, headers: Mapping[str, str]) -> Row | None:
        """Return a head that is signed and checked, None for a 304 (step 1)."""
        answer, body = self._asking.ask(f"{FEED}head", SMALL, headers)
        if answer.status == 304:
            return None
        event, key = self._mine.get("event"), self._mine.get("key")
        if not is_signed(body, key):
            # A login page is no head: another key would not help.
            key = self._successor(body, event, key) if body.startswith(b"{") else ""
            if not key:
                raise PhoneError(
                    "refused", "The answer is not from this event; this Wi-Fi may want a login."
                )
            self._mine.set(key=key)
        head = checked_head(body.partition(b"\n")[0], event)
        etag = answer.headers.get("etag", "")
        return head | {"etag": etag if _ETAG.fullmatch(etag) else ""}

    def _successor(self, head: bytes, event: str, key: str) -> str:
        """Return the key that verifies a head, "" unless the pinned one leads to it."""
        _, body = self._asking.ask(f"{FEED}keys", SMALL, {})
        with refusing("The server's keys are damaged; trying again later."):
            links = {link["from"]: link for link in json.loads(body)["links"]}
            while link := links.pop(key, None):
                message = f"eventday-key-v1\n{event}\n{link['to']}".encode()
                if not verifies(key, link["sig"], message):
                    break
                key = link["to"]
                if is_signed(head, key):
                    return key
        return ""

    def _records(self, head: Row, seq: int) -> list[Row]:
        """Return every record after a seq, none missing (step 3)."""
        found: list[Row] = []
        with refusing("The server's log has a gap; trying again later."):
            for start, end, digest, size in head["log"]:
                if end > seq:
                    name = f"log-{head['epoch']}-{start}-{end}-{digest}.json"
                    found += json.loads(self._asking.file(name, size, unbase64(digest, 32)))
            found = [record for record in [*found, *head["tail"]] if record["s"] > seq]
            numbers = [seq, *(record["s"] for record in found)]
            if numbers != [*range(seq, seq + len(numbers))] or numbers[-1] != head["seq"]:
                raise ValueError
        return found

    def _current(self) -> Path | None:
        with suppress(FileNotFoundError):
            name = (self.folder / "current").read_bytes().decode("ascii", "replace")
            if re.fullmatch(r"agenda-[0-9a-f]{32}\.db", name):
                return self.folder / name
        return None

    def _held(self) -> tuple[Path | None, Row]:
        """Return the agenda's file, None when there is none to trust, and where it stands."""
        with self._switching, suppress(Mismatch):
            if (path := self._current()) and path.exists():
                with database(path) as db:
                    stand = stand_of(db)
                is_broken = self._mine.get("broken") == path.name
                return (None, stand | {"etag": ""}) if is_broken else (path, stand)
        return None, {"epoch": 0, "seq": 0, "etag": "", "expires": 1 << 60, "poll": [60, 30]}

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        with self._switching:
            path, _ = self._held()
            try:
                with database(path) if path else nullcontext() as db:
                    yield db
            except Mismatch:
                self._mine.set(broken=path.name if path else "")  # the next sync mends it
                raise

    def _forget(self) -> None:
        """Delete every agenda but the current one; what cannot go now goes another time."""
        current = self._current()
        for path in self.folder.glob("agenda-*"):
            if current is None or not path.name.startswith(current.name):  # it may have a journal
                with suppress(OSError):
                    path.unlink()
