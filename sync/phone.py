"""The reference client: keeps a feed on a phone as docs/sync.md says; written to be ported.

It knows that page and nothing of eventday's code; a "step" is one of its "What a phone does". It
takes Python and cryptography only: what each platform has of its own, such as HTTP, is handed in.

What is kept is the snapshot as it was downloaded and, in `mine.db`, the records after it and all
that is the phone's own. Rows live in memory: each start replays them and compares their state.
"""

import base64
import gzip
import json
import os
import sqlite3
import time
import unicodedata
import uuid
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random, SystemRandom
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Row = dict[str, Any]
Key = tuple[Any, ...]
Rows = dict[Key, Row]
"""Rows by table and key columns."""
Held = tuple[Row, dict[str, tuple[int, list[str]]], Rows]
"""Where rows stand, how many key columns and which columns a table has, and the rows."""
News = tuple[tuple[int, int], dict[Key, tuple[Row | None, Row | None]]]
"""An epoch and seq, and the rows that are new there: as they were last shown, and as they are."""
Headers = Mapping[str, str]
Transport = Callable[[str, Headers, bytes | None], tuple[int, Headers, Iterator[bytes]]]
"""GETs a path below `/v1/`, or POSTs a body. Returns the status, headers (names in lower case,
Retry-After in seconds), the body without Content-Encoding; ConnectionError: the network fails."""

SCHEMA, LARGEST, BATCH, BATCH_BYTES, ITEM_BYTES = 1, 1 << 24, 200, 900_000, 10_000
LATER, KEPT = 600, 7 * 86_400
"""Seconds until what is whole but wrong is tried again; and that items with a receipt stay."""
STAND: Row = {"epoch": 0, "seq": 0, "state": "A" * 43, "issued": 0, "expires": 1 << 60}
STAND |= {"poll": [60, 30], "etag": ""}
"""What is kept of a head; and where a phone stands that holds nothing."""
SEARCHED = ("title", "subtitle", "abstract", "name", "organisation")
MEDIA = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg", "image/webp": "webp"}
DONE = {"stored", "quarantined"}
NO_CACHE = {"Cache-Control": "no-cache"}
_LETTERS = str.maketrans("łđðøħı", "lddohi") | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})
_SENSELESS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_DAMAGED = "What is kept here is damaged; set the app up again."
_SET = "INSERT OR REPLACE INTO setting VALUES (?, ?)"
_TABLES = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS record (s INTEGER PRIMARY KEY, record TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS shown (key TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS item (
    n INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT NOT NULL, receipted_at INTEGER) STRICT;
"""


class PhoneError(Exception):
    """What cannot be done, in a sentence for people; what the phone holds is as it was before."""

    def __init__(self, outcome: str, sentence: str, *, retry_after: float = 0) -> None:
        super().__init__(sentence)
        self.outcome, self.retry_after = outcome, retry_after


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
    ) -> None:
        self.folder, self._transport = folder, transport
        self._boot, self._monotonic, self._clock = boot, monotonic, clock
        self._random = random or SystemRandom()
        self._feed, self._headers = f"sync/{feed}/", headers or {}
        self._failures = self._stale = 0
        self._caching: Headers = {}
        self._wrong: dict[str, float] = {}
        self._held: Held = STAND, {}, {}
        with refusing():
            folder.mkdir(parents=True, exist_ok=True)
        with self._database("BEGIN") as db:
            db.executescript(_TABLES)
        if "device" not in self._mine:
            self._set(device=str(uuid.uuid4()))
        snapshot = folder / self._mine.get("snapshot", "none")
        if snapshot.is_file():
            with self._database("BEGIN") as db:
                lines = db.execute("SELECT record FROM record ORDER BY s").fetchall()
            try:
                records, stand = [json.loads(line[0]) for line in lines], self._mine["stand"]
                order_of(stand)
                self._held = replay(read(snapshot), records, stand)
            except (sqlite3.Error, *_SENSELESS):
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
            self._set(event=event, given=key, key=key)

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
        with self._database("BEGIN") as db:
            items = db.execute("SELECT count(*) FROM item WHERE receipted_at IS NULL").fetchone()
        age = None if checked is None else max(0.0, now - checked)
        return stand | {"age": age, "is_old": now > stand["expires"], "unsent": items[0]}

    def put(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Store an item for the server and return its id; it is on the disk before this returns."""
        with self._database() as db:
            return self._put(db, kind, payload)

    def search(self, text: str) -> set[int]:
        """Return the ids of sessions that have every word, or what it is a part of."""
        rows, said, wanted = self.rows, defaultdict[int, str](str), fold(text).split()
        for (table, *_), row in rows.items():
            if table in {"session", "part", "session_speaker"}:
                others = [rows.get((t, row.get(f"{t}_id"))) for t in ("room", "track", "speaker")]
                words = " ".join(map(words_of, filter(None, [row, *others])))
                said[row["id" if table == "session" else "session_id"]] += f" {words}"
        return {n for n, words in said.items() if wanted and all(word in words for word in wanted)}

    def new(self) -> News:
        """Return what is new, each row once; what changed and changed back is not."""
        stand, _, rows = self._held
        with self._database("BEGIN") as db:
            shown = db.execute("SELECT key, row FROM shown ORDER BY rowid").fetchall()
        before = [(tuple(json.loads(key)), json.loads(row)) for key, row in shown]
        changes = {key: (old, rows.get(key)) for key, old in before if old != rows.get(key)}
        return (stand["epoch"], stand["seq"]), changes

    def shown(self, news: News) -> None:
        """Note that people saw this; the organisers are told which publish it was."""
        (epoch, seq), changes = news
        rows = [(json_of(key), json_of(new)) for key, (_, new) in changes.items()]
        with self._database() as db:
            db.executemany("INSERT OR REPLACE INTO shown VALUES (?, ?)", rows)
            if [epoch, seq] > self._mine.get("seen", [0, 0]):
                self._put(db, "seen", {"epoch": epoch, "seq": seq})
                db.execute(_SET, ("seen", json_of([epoch, seq])))

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
            known = json.loads(self._ask("bootstrap", {})[2])
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
            self._set(checked=int(self._clock()))
        else:
            outcome = self._follow(head)
        self._fetch_media()
        return outcome, f"This phone is up to date (publish {head['seq']}).", wait

    def _head(self, headers: Headers) -> Row:
        """Return a head that the event's key has signed, for a 304 where we stand (step 1)."""
        status, answered, body = self._ask(f"{self._feed}head", headers)
        if status == 304:
            return self._held[0]
        line, _, signature = body.partition(b"\n")
        event, key, links = self._mine["event"], self._mine["key"], None
        while not verifies(key, signature.decode(), b"eventday-head-v1\n" + line):
            if links is None:
                known = json.loads(self._ask(f"{self._feed}keys", {})[2])["links"]
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
            self._set(key=key)
        return head

    def _follow(self, head: Row) -> str:
        stand, name, now = self._held[0], head["snapshot"]["name"], self._clock()
        if head["epoch"] == stand["epoch"] and stand["seq"] >= head["log_from"]:
            records = self._records(head, stand["seq"])  # step 3
            try:
                held = replay(self._held, records, head)  # step 4
            except _SENSELESS:
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
        except (OSError, sqlite3.Error, *_SENSELESS):
            self._wrong[name] = now
            if path.name != self._mine.get("snapshot"):
                path.unlink()
            raise
        self._keep(held, records, path)
        return "snapshot"

    def _keep(self, held: Held, records: list[Row], snapshot: Path | None = None) -> None:
        """Switch to other rows, on the disk and here: all at once or not at all."""
        old, new = self.rows, held[2]
        changed = [*(old.keys() - new.keys())]
        changed += [k for k, row in new.items() if old.get(k) is not row and old.get(k) != row]
        rows = [(json_of(key), json_of(old.get(key))) for key in changed if old]
        with self._database() as db:
            if snapshot:  # SQLite syncs the folder with its journal: this name is on the disk first
                db.execute("DELETE FROM record")
                db.execute(_SET, ("snapshot", json_of(snapshot.name)))
            lines = [(record["s"], json_of(record)) for record in records]
            db.executemany("INSERT INTO record VALUES (?, ?)", lines)
            # What is new is kept as it was last shown, before it changed.
            db.executemany("INSERT OR IGNORE INTO shown VALUES (?, ?)", rows)
            if held[0]["epoch"] != self._held[0]["epoch"]:  # a backup may lack what came lately
                again = "UPDATE item SET receipted_at = NULL WHERE receipted_at > ?"
                db.execute(again, (self._clock() - KEPT,))
            db.execute(_SET, ("stand", json_of(held[0])))
            db.execute(_SET, ("checked", json_of(int(self._clock()))))
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
                self._ask(f"{self._feed}{name}", self._caching, into=file)
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

    def _ask(
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
        listed = [row for key, row in self.rows.items() if key[0] == "media"]
        listed.sort(key=lambda row: (row["priority"], row["sha256"]))
        wanted = {
            f"media-{row['sha256']}.{MEDIA[row['media_type']]}": row["bytes"]
            for row in listed
            if row["media_type"] in MEDIA
        }
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
        at, bits = int(self._clock() * 1000), self._random.getrandbits
        # UUIDv7 (RFC 9562, section 5.7)
        number = at << 80 | 7 << 76 | bits(12) << 64 | 2 << 62 | bits(62)
        item = {"id": str(uuid.UUID(int=number)), "kind": kind, "payload": payload}
        with refusing("This cannot be sent: it is too large, or no JSON."):
            times = {"t": at, "boot": self._boot, "mono": int(self._monotonic() * 1000)}
            text = json.dumps(item | times, ensure_ascii=False, allow_nan=False)
            if len(text.encode()) > ITEM_BYTES:
                raise ValueError
        db.execute("INSERT INTO item (item) VALUES (?)", (text,))
        return str(item["id"])

    def _flush(self, told: Callable[[list[Row]], object] | None) -> tuple[str, str, float]:
        waiting = "SELECT n, item FROM item WHERE receipted_at IS NULL ORDER BY n LIMIT ?"
        sent = 0
        while True:
            with self._database("BEGIN") as db:
                items = [json.loads(item) | {"n": n} for n, item in db.execute(waiting, (BATCH,))]
            if not items:
                return "sent" if sent else "unchanged", f"Nothing is left to send ({sent} sent).", 0
            while len(json_of(items).encode()) > BATCH_BYTES:
                items = items[: len(items) // 2]
            at, mono = int(self._clock() * 1000), int(self._monotonic() * 1000)
            batch = {"device": self._mine["device"], "boot": self._boot}
            batch |= {"sent_at": at, "sent_mono": mono}
            body = json_of(batch | {"items": [short(item, batch) for item in items]}).encode()
            headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            answer = json.loads(self._ask("sync/outbox", headers, gzip.compress(body))[2])
            numbers = {item["id"]: item["n"] for item in items}
            good = (row for row in answer["receipts"] if row["status"] in DONE)
            receipts = [row for row in good if row["id"] in numbers]
            if not receipts:
                raise ValueError
            if told:
                told(receipts)
            done = [(at // 1000, numbers[receipt["id"]]) for receipt in receipts]
            with self._database() as db:
                db.executemany("UPDATE item SET receipted_at = ? WHERE n = ?", done)
                db.execute("DELETE FROM item WHERE receipted_at < ?", (at // 1000 - KEPT,))
            sent += len(done)

    @property
    def _mine(self) -> Row:
        with self._database("BEGIN") as db:
            rows = db.execute("SELECT name, value FROM setting").fetchall()
            return {name: json.loads(value) for name, value in rows}

    def _set(self, **values: Any) -> None:
        with self._database() as db:
            db.executemany(_SET, [(name, json_of(value)) for name, value in values.items()])

    @contextmanager
    def _database(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Yield the database in a transaction: all of it is on the disk when done, or nothing."""
        path = self.folder / "mine.db"
        with refusing(), closing(sqlite3.connect(path, isolation_level=None)) as db, db:
            db.execute("PRAGMA synchronous = FULL")
            db.execute(begin)
            yield db


@contextmanager
def refusing(sentence: str = _DAMAGED) -> Iterator[None]:
    """Say in a sentence what is wrong with the network, the disk, or else with what is there."""
    try:
        yield
    except ConnectionError as error:
        sentence = "No answer; what this phone holds stays, and it asks again later."
        raise PhoneError("unreachable", sentence) from error
    except (OSError, sqlite3.Error, *_SENSELESS) as error:
        # 1 is SQLite's number for a statement that does not fit the tables: no fault of the disk.
        is_disk = getattr(error, "sqlite_errorcode", 1) != 1
        if isinstance(error, OSError) or (isinstance(error, sqlite3.OperationalError) and is_disk):
            sentence = f"Nothing can be stored here ({error}): free some space or allow writing."
            raise PhoneError("unwritable", sentence) from error
        raise PhoneError("refused", sentence) from error


def order_of(head: Row) -> tuple[int, int, int]:
    """Return what orders heads; raise ValueError or its like for one that makes no sense."""
    numbers = [head["epoch"], head["seq"], head["issued"], head["expires"], *head["poll"]]
    if {*map(type, numbers)} != {int} or len(numbers) != 6:
        raise ValueError
    return head["epoch"], head["seq"], head["issued"]


def unpacked(path: Path) -> bytes:
    """Return what a file holds; raise ValueError when it is damaged or was cut short."""
    opened = gzip.open if ".gz" in path.suffixes else open
    with suppress(EOFError, zlib.error, gzip.BadGzipFile), opened(path, "rb") as file:
        if content := file.read(LARGEST):
            return bytes(content)
    raise ValueError


def read(snapshot: Path) -> Held:
    """Return the rows of a packed snapshot, which stand nowhere yet."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(unpacked(snapshot))
        (tables,) = db.execute("SELECT value FROM sync_meta WHERE name = 'tables'").fetchone()
        layout = {name: (keys, columns) for name, keys, columns in json.loads(tables)}
        rows = {
            (name, *row[:keys]): dict(zip(columns, row, strict=True))
            for name, (keys, columns) in layout.items()
            for row in db.execute(f"SELECT {', '.join(columns)} FROM {name}")  # noqa: S608
        }
    total = sum(hash_of(key[0], row) for key, row in rows.items())
    return STAND | {"state": encoded((total % 2**256).to_bytes(32))}, layout, rows


def replay(held: Held, records: list[Row], head: Row) -> Held:
    """Return what records make of rows (step 4); raise ValueError or its like for another state."""
    stand, layout, rows = held[0], held[1], dict(held[2])
    total = int.from_bytes(decoded(stand["state"]))
    for record in records:
        for name, *op in record["ops"]:
            keys, columns = layout[name]
            key = (name, *op[:keys])
            old = rows.pop(key, {})
            total -= hash_of(name, old)
            for changed in op[keys:]:
                row = dict(zip(columns, op[:keys], strict=False)) | old | changed
                rows[key] = {column: row[column] for column in columns}
                total += hash_of(name, rows[key])
        if f"{total % 2**256:064x}"[:16] != record["h"]:
            raise ValueError
    if encoded((total % 2**256).to_bytes(32)) != head["state"]:
        raise ValueError
    return {name: head[name] for name in STAND}, layout, rows


def hash_of(name: str, row: Row) -> int:
    """Return what a row of a table adds to the state."""
    line = json_of([name, *row.values()])
    return int.from_bytes(sha256(line.encode()).digest()) if row else 0


def short(item: Row, batch: Row) -> Row:
    """Return an item without the times that follow from its id and its batch ("Outbox")."""
    known = {"t"}
    if item["boot"] == batch["boot"]:
        known.add("boot")
        moved = item["t"] - item["mono"] - batch["sent_at"] + batch["sent_mono"]
        known |= {"mono"} if abs(moved) <= 50 else set()
    return {name: value for name, value in item.items() if name not in known}


def words_of(row: Row) -> str:
    """Return the words of a row in all languages, folded."""
    words: list[str] = []
    for text in filter(None, map(row.get, SEARCHED)):
        try:
            words += map(str, json.loads(text).values())
        except _SENSELESS:
            words.append(text)
    return fold(" ".join(words))


def fold(text: str) -> str:
    """Return text as it is compared: lower case, no diacritics, single spaces; łódź is lodz."""
    # Decomposed first, because ǿ hides an ø; nothing decomposes ł, đ and their like.
    lower = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    letters = unicodedata.normalize("NFKD", lower)
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def verifies(key: str, signature: str, message: bytes) -> bool:
    """Say whether a key signed a message; raise ValueError when one is no key or signature."""
    try:
        Ed25519PublicKey.from_public_bytes(decoded(key)).verify(decoded(signature), message)
    except InvalidSignature:
        return False
    return True


def encoded(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes that base64url stands for; raise ValueError for another spelling of them."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encoded(raw) != text:
        raise ValueError
    return raw


def json_of(value: object) -> str:
    """Return canonical JSON; only what is hashed needs it, and holds no object."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
