"""A phone's rows: read from a snapshot, replayed, proved by their state; pure functions."""

import base64
import gzip
import json
import sqlite3
import unicodedata
import zlib
from collections import defaultdict
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.trouble import SENSELESS

Row = dict[str, Any]
Key = tuple[Any, ...]
Rows = dict[Key, Row]
"""Rows by table and key columns."""
Held = tuple[Row, dict[str, tuple[int, list[str]]], Rows]
"""Where rows stand, how many key columns and which columns a table has, and the rows."""
LARGEST = 1 << 24
"""Bytes of a file at most."""
STAND: Row = {"epoch": 0, "seq": 0, "state": "A" * 43, "issued": 0, "expires": 1 << 60}
STAND |= {"poll": [60, 30], "etag": ""}
"""What is kept of a head; and where a phone stands that holds nothing."""
SEARCHED = ("title", "subtitle", "abstract", "name", "organisation")
MEDIA = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg", "image/webp": "webp"}
_LETTERS = str.maketrans("łđðøħı", "lddohi") | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})


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


def words_of(row: Row) -> str:
    """Return the words of a row in all languages, folded."""
    words: list[str] = []
    for text in filter(None, map(row.get, SEARCHED)):
        try:
            words += map(str, json.loads(text).values())
        except SENSELESS:
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


def found(rows: Rows, text: str) -> set[int]:
    """Return the ids of sessions that have every word, or what it is a part of."""
    said, wanted = defaultdict[int, str](str), fold(text).split()
    for (table, *_), row in rows.items():
        if table in {"session", "part", "session_speaker"}:
            others = [rows.get((t, row.get(f"{t}_id"))) for t in ("room", "track", "speaker")]
            words = " ".join(map(words_of, filter(None, [row, *others])))
            said[row["id" if table == "session" else "session_id"]] += f" {words}"
    return {n for n, words in said.items() if wanted and all(word in words for word in wanted)}


def media_of(rows: Rows) -> dict[str, int]:
    """Return the files of media and their sizes, lowest priority first."""
    listed = [row for key, row in rows.items() if key[0] == "media"]
    listed.sort(key=lambda row: (row["priority"], row["sha256"]))
    return {
        f"media-{row['sha256']}.{MEDIA[row['media_type']]}": row["bytes"]
        for row in listed
        if row["media_type"] in MEDIA
    }
