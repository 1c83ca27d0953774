"""A feed as docs/sync.md says, made from rows in memory, with a network that can be broken.

It shares no code with the server, so that the reference client is held against the page.
"""

import base64
import enum
import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from processes import listening

from sync.phone import Headers
from sync.transport import plain

Rows = dict[tuple[Any, ...], list[Any]]
"""All columns of a row by (table, key…)."""

EVENT = str(UUID(int=0x1D))
EPOCH, NOW = 1_748_000_000, 1_748_900_000
LAYOUT: list[tuple[str, int, list[str]]] = [
    ("event", 1, ["id", "uuid", "timezone"]),
    ("room", 1, ["id", "name"]),
    ("media", 1, ["id", "sha256", "media_type", "bytes", "priority"]),
    ("track", 1, ["id", "name"]),
    ("speaker", 1, ["id", "name", "organisation"]),
    ("session", 1, ["id", "title", "subtitle", "abstract", "room_id", "track_id", "starts_at",
                    "ends_at", "state"]),
    ("part", 1, ["id", "session_id", "title", "starts_at", "state"]),
    ("session_speaker", 4, ["session_id", "part_id", "speaker_id", "role", "position"]),
]  # fmt: skip
COLUMNS = {name: columns for name, _, columns in LAYOUT}
_INTEGERS = {"id", "bytes", "priority", "position", "starts_at", "ends_at"}


class Request(NamedTuple):
    """What was asked for: a path below `/v1/`; with a body a POST."""

    path: str
    headers: Headers
    body: bytes | None = None


Answer = tuple[int, Headers, Iterator[bytes]]


class Fault(enum.Enum):
    """What can be wrong between a phone and the feed."""

    DOWN = enum.auto()
    STALE = enum.auto()
    TRUNCATED = enum.auto()
    ENDED = enum.auto()
    FLIPPED = enum.auto()
    FOREIGN = enum.auto()
    PORTAL = enum.auto()
    ENCODING = enum.auto()
    BUSY = enum.auto()
    DENIED = enum.auto()
    NO_RANGE = enum.auto()
    BAD_RANGE = enum.auto()
    LOST = enum.auto()


class Feed:
    """The published side of an event: `publish` and its kin change it, a call answers a request.

    While `fault` is set it befalls every path that contains `only`; `at` says where in the body,
    or which of the old heads. With `redirect` every answer points there.
    """

    def __init__(self, rows: Rows | None = None) -> None:
        self.fault: Fault | None = None
        self.only, self.at, self.redirect = "", 0, ""
        self.requests: list[Request] = []
        self.items: dict[str, dict[str, Any]] = {}
        self.posts: list[dict[str, Any]] = []
        self.quarantined: set[str] = set()
        self.keys, self.links = [Ed25519PrivateKey.from_private_bytes(bytes(32))], []
        self.rows: Rows = an_event() if rows is None else dict(rows)
        self.epoch, self.seq, self.issued, self.schema = EPOCH, 1, NOW, 1
        self.versions: dict[tuple[int, int], Rows] = {}
        self.files: dict[str, bytes] = {}
        self.heads: list[bytes] = []
        self._begin()

    @property
    def key(self) -> str:
        return encoded(self.keys[-1].public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def publish(self, *ops: list[Any]) -> None:
        """Apply ops and add them to the tail; what the tail cannot hold becomes a segment."""
        for op in ops:
            _apply(self.rows, op)
        self.seq += 1
        state = state_of(self.rows)
        self.tail.append({"s": self.seq, "h": decoded(state)[:8].hex(), "ops": list(ops)})
        if len(canonical(self.tail)) > 1000:
            self.cut()
        self.issue()

    def cut(self) -> None:
        """Move the tail into a segment, and merge segments until four are left."""
        if not self.tail:
            return
        self.log.append(self._segment(self.tail))
        self.tail = []
        while len(self.log) > 4:
            pair = [json.loads(self.files[self._name(segment)]) for segment in self.log[:2]]
            self.log[:2] = [self._segment(pair[0] + pair[1])]
        self.issue()

    def snapshot(self) -> None:
        """List a new snapshot; the log stays."""
        content = snapshot_of(self.rows)
        name = f"snapshot-{self.epoch}-{self.seq}-{encoded(sha256(content).digest())}.db"
        packed = gzip.compress(content, mtime=0)
        self.files |= {name: content, f"{name}.gz": packed}
        self.listed = {"seq": self.seq, "name": name, "bytes": len(content), "wire": len(packed)}
        self.issue()

    def forget(self) -> None:
        """Shorten the log: begin it where the snapshot stands."""
        self.cut()
        self.log_from = self.listed["seq"]
        self.log = [segment for segment in self.log if segment[1] > self.log_from]
        self.issue()

    def restore(self, version: tuple[int, int]) -> None:
        """Bring an earlier version back, as from a backup: that is another epoch."""
        self.rows = dict(self.versions[version])
        self.epoch, self.seq = self.epoch + 1, version[1]
        self._begin()

    def rotate(self) -> None:
        """Sign with another key from now on."""
        following = Ed25519PrivateKey.from_private_bytes(bytes([len(self.keys)] * 32))
        old, before = self.keys[-1], self.key
        self.keys.append(following)
        message = f"eventday-key-v1\n{EVENT}\n{self.key}".encode()
        self.links.append({"from": before, "to": self.key, "sig": encoded(old.sign(message))})
        self.issue()

    def issue(self, **members: Any) -> None:
        """Sign a new head; `members` replace what it would say."""
        self.issued += 1
        self.versions[self.epoch, self.seq] = dict(self.rows)
        head = {
            "v": 1,
            "event": EVENT,
            "epoch": self.epoch,
            "seq": self.seq,
            "schema": self.schema,
            "state": state_of(self.rows),
            "issued": self.issued,
            "expires": self.issued + 7 * 86_400,
            "snapshot": self.listed,
            "log_from": self.log_from,
            "log": self.log,
            "tail": self.tail,
            "poll": [60, 30],
        }
        self.heads.append(signed(canonical(head | members), self.keys[-1]))

    def __call__(self, path: str, headers: Headers, body: bytes | None) -> Answer:
        """Answer as a transport does."""
        packing = {} if "Range" in headers else {"Accept-Encoding": "gzip"}
        status, answered, pieces = self.answer(Request(path, {**packing, **headers}, body))
        return status, answered, plain(pieces, answered.get("content-encoding", ""))

    def answer(self, request: Request) -> Answer:
        """Answer as the server would, with what is wrong just now."""
        self.requests.append(request)
        fault = self.fault if self.only in request.path else None
        if self.redirect:
            return _answer(302, b"", {"location": self.redirect})
        if fault is Fault.DOWN:
            raise ConnectionError
        if fault is Fault.BUSY:
            return _answer(503, b"try later", {"retry-after": "7"})
        if fault is Fault.DENIED:
            return _answer(400, b"{}", {})
        if fault is Fault.PORTAL:
            return _answer(200, b"<html>Welcome to our Wi-Fi</html>", {"etag": '"portal"'})
        if request.body is not None:
            answer = self._receive(request.body)
            if fault is Fault.LOST:
                raise ConnectionError
            return self._spoilt(200, answer, {}, fault)
        status, body, headers = self._file(request, fault)
        return self._spoilt(status, body, headers, fault)

    def _file(self, request: Request, fault: Fault | None) -> tuple[int, bytes, dict[str, str]]:
        name = request.path.removeprefix("sync/public/")
        if name == "head":
            return self._head(request, fault)
        body = self._document(name)
        if body is None:
            return 404, b"", {}
        if fault is Fault.FOREIGN:
            body = b"[]"
        start = request.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-")
        if "Range" in request.headers and fault is not Fault.NO_RANGE:
            if int(start) >= len(body):
                return 416, b"", {}
            first = int(start) + (fault is Fault.BAD_RANGE)
            return 206, body[first:], {"content-range": f"bytes {first}-/{len(body)}"}
        if (
            len(body) > 200
            and not name.endswith(".gz")
            and "gzip" in request.headers.get("Accept-Encoding", "")
        ):
            return 200, gzip.compress(body, mtime=0), {"content-encoding": "gzip"}
        return 200, body, {}

    def _head(self, request: Request, fault: Fault | None) -> tuple[int, bytes, dict[str, str]]:
        body = self.heads[-1]
        if fault is Fault.STALE and "Cache-Control" not in request.headers:
            body = self.heads[self.at % len(self.heads)]
        if fault is Fault.FOREIGN:
            body = signed(body.partition(b"\n")[0], Ed25519PrivateKey.generate())
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            return 304, b"", {"etag": tag}
        return 200, body, {"etag": tag}

    def _document(self, name: str) -> bytes | None:
        if name == "bootstrap":
            key = {"purpose": "feed", "algorithm": "Ed25519", "public": self.key}
            return json.dumps({"event": {"uuid": EVENT}, "keys": [key]}).encode()
        if name == "keys":
            return canonical({"v": 1, "event": EVENT, "links": self.links})
        return self.files.get(name)

    def _receive(self, body: bytes) -> bytes:
        batch = json.loads(gzip.decompress(body))
        self.posts.append(batch)
        for short in batch["items"]:
            made = int(short["id"].replace("-", "")[:12], 16)
            item = {"t": made, "boot": batch["boot"]} | short
            mono = batch["sent_mono"] - (batch["sent_at"] - item["t"])
            item = {"mono": mono} | item
            # Sent again, an item is what it was; only the clock may have crept.
            known = self.items.setdefault(item["id"], item)
            assert known | {"mono": 0} == item | {"mono": 0}
        receipts = [
            {"id": item["id"], "status": "quarantined", "code": "unknown-kind"}
            if item["kind"] in self.quarantined
            else {"id": item["id"], "status": "stored"}
            for item in batch["items"]
        ]
        return canonical({"received_at": NOW * 1000, "receipts": receipts})

    def _spoilt(
        self, status: int, body: bytes, headers: dict[str, str], fault: Fault | None
    ) -> Answer:
        if fault is Fault.FLIPPED and body:
            place = self.at // 8 % len(body)
            flipped = body[place] ^ 1 << self.at % 8
            body = body[:place] + bytes([flipped]) + body[place + 1 :]
        if fault is Fault.ENCODING:
            headers = headers | {"content-encoding": "gzip"}
            body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        if fault in {Fault.TRUNCATED, Fault.ENDED}:
            return _answer(status, body[: len(body) // 2], headers, is_cut=fault is Fault.TRUNCATED)
        return _answer(status, body, headers)

    def _begin(self) -> None:
        self.log: list[list[Any]] = []
        self.tail: list[dict[str, Any]] = []
        self.log_from = self.seq
        self.snapshot()

    def _segment(self, records: list[dict[str, Any]]) -> list[Any]:
        content = canonical(records)
        start, end = records[0]["s"] - 1, records[-1]["s"]
        segment = [start, end, encoded(sha256(content).digest()), len(content)]
        self.files[self._name(segment)] = content
        return segment

    def _name(self, segment: list[Any]) -> str:
        return f"log-{self.epoch}-{segment[0]}-{segment[1]}-{segment[2]}.json"


def an_event() -> Rows:
    """Return the rows of an event with two sessions in one of two rooms."""
    rows: Rows = {}
    for op in (
        ["event", 1, {"uuid": EVENT, "timezone": "Europe/Warsaw"}],
        ["room", 1, {"name": text("Hall")}],
        ["room", 2, {"name": text("Foyer")}],
        ["track", 1, {"name": text("Hydrogen")}],
        ["speaker", 1, {"name": "Łucja Żak", "organisation": "Politechnika Łódzka"}],
        a_session(1, title=text("Opening"), room_id=1),
        a_session(2, title=text("Valleys"), room_id=1),
        ["session_speaker", 2, 0, 1, "speaker", {"position": 0}],
        [
            "part",
            1,
            {
                "session_id": 1,
                "title": text("Welcome"),
                "starts_at": NOW + 3600,
                "state": "confirmed",
            },
        ],
    ):
        _apply(rows, op)
    return rows


def a_session(number: int, **columns: Any) -> list[Any]:
    """Return the op that inserts a session."""
    start = NOW + 3600 * number
    defaults = {"title": text(f"Session {number}"), "subtitle": "{}", "abstract": "{}"}
    times = {"room_id": None, "track_id": None, "starts_at": start, "ends_at": start + 2700}
    return ["session", number, defaults | times | {"state": "confirmed"} | columns]


def text(english: str) -> str:
    """Return a column of translations."""
    return canonical({"en": english}).decode()


def state_of(rows: Rows) -> str:
    """Return the state of rows, all of them counted."""
    hashes = (sha256(canonical([key[0], *row])).digest() for key, row in rows.items())
    total = sum(int.from_bytes(digest) for digest in hashes)
    return encoded((total % 2**256).to_bytes(32))


def snapshot_of(rows: Rows) -> bytes:
    """Return the SQLite file of rows."""
    file = sqlite3.connect(":memory:", isolation_level=None)
    for name, keys, columns in LAYOUT:
        kinds = [
            f"{column} {'INTEGER' if column in _INTEGERS or column.endswith('_id') else 'TEXT'}"
            for column in columns
        ]
        file.execute(
            f"CREATE TABLE {name} ({', '.join(kinds)}, PRIMARY KEY ({', '.join(columns[:keys])})) "
            "STRICT, WITHOUT ROWID"
        )
    file.execute("CREATE TABLE sync_meta (name TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID")
    for key in sorted(rows, key=repr):
        marks = ", ".join("?" * len(rows[key]))
        file.execute(f"INSERT INTO {key[0]} VALUES ({marks})", rows[key])  # noqa: S608
    meta = {"schema": "1", "tables": canonical(LAYOUT).decode()}
    file.executemany("INSERT INTO sync_meta VALUES (?, ?)", meta.items())
    content = file.serialize()
    file.close()
    return content


def _apply(rows: Rows, op: list[Any]) -> None:
    changed = op[-1] if isinstance(op[-1], dict) else None
    name, *key = op if changed is None else op[:-1]
    if changed is None:
        rows.pop((name, *key), None)
        return
    old = rows.get((name, *key), key)
    merged = dict(zip(COLUMNS[name], old, strict=False)) | changed
    rows[(name, *key)] = [merged[column] for column in COLUMNS[name]]


def _answer(status: int, body: bytes, headers: dict[str, str], *, is_cut: bool = False) -> Answer:
    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]
        if is_cut:
            raise ConnectionError

    return status, headers, pieces()


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def signed(line: bytes, key: Ed25519PrivateKey) -> bytes:
    return line + b"\n" + encoded(key.sign(b"eventday-head-v1\n" + line)).encode()


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=")


@contextmanager
def serving(feed: Feed) -> Iterator[str]:
    """Yield the address of the feed's `/v1/` on a real server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes | None) -> None:
            try:
                headers = {name.title(): value for name, value in self.headers.items()}
                request = Request(self.path.removeprefix("/v1/"), headers, body)
                status, answered, pieces = feed.answer(request)
            except ConnectionError:
                return
            whole, missing = b"", 0
            try:
                for piece in pieces:
                    whole += piece
            except ConnectionError:
                missing = 10
            self.send_response(status)
            for name, value in answered.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(whole) + missing))
            self.end_headers()
            with suppress(ConnectionError):  # a phone may be killed while it listens
                self.wfile.write(whole)

        def log_message(self, *_: object) -> None:
            pass

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        yield address
