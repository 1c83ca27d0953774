"""The phone's disk: files that are whole, databases in transactions, refusals in a sentence."""

import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

Outcome = Literal["unchanged", "updated", "snapshot", "sent", "stale", "refused", "outdated",
                  "unreachable", "unwritable"]  # fmt: skip
Row = dict[str, Any]
Key = tuple[Any, ...]
"""The name of a table, and the key columns of a row in it."""
_DAMAGED = "What is kept here is damaged; sync to mend it, or set the app up again."
_DISK = {sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM,
         sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
         sqlite3.SQLITE_CANTOPEN}  # fmt: skip
_MINE = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS item (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    t INTEGER NOT NULL, boot TEXT NOT NULL, mono INTEGER NOT NULL, payload TEXT NOT NULL,
    receipt TEXT, receipted_at INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS change (
    number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
    key TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL) STRICT;
"""


class PhoneError(Exception):
    """What cannot be done, in a sentence for people; what the phone holds is as it was before."""

    def __init__(self, outcome: Outcome, sentence: str, *, retry_after: float = 0) -> None:
        super().__init__(sentence)
        self.outcome, self.retry_after = outcome, retry_after


class Mismatch(PhoneError):
    """The rows here are not what they should be; only a snapshot helps."""


class Mine:
    """`mine.db`, the phone's own: settings, the outbox, what is new; no sync resets it."""

    def __init__(self, path: Path) -> None:
        self._owning = threading.RLock()
        with storage(), refusing(_DAMAGED, Mismatch):
            self._db = connect(path, "rwc")
            self._db.executescript(_MINE)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def own(self) -> Iterator[sqlite3.Connection]:
        """Yield `mine.db` in a transaction: committed, unless an exception leaves the block."""
        with self._owning, storage(), refusing(_DAMAGED, Mismatch), self._db as db:
            db.execute("BEGIN")
            yield db

    def get(self, name: str, default: Any = None) -> Any:
        """Return a setting."""
        with self.own() as db:
            return setting(db, name, default)

    def set(self, **values: object) -> None:
        """Keep settings."""
        with self.own() as db:
            settle(db, **values)


@contextmanager
def storage() -> Iterator[None]:
    """Say in a sentence what the disk refuses; all else that SQLite finds wrong is a mismatch."""
    try:
        yield
    except BlockingIOError as error:
        sentence = "Another program keeps this folder; close it first."
        raise PhoneError("unwritable", sentence) from error
    except (OSError, sqlite3.Error) as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        if isinstance(error, sqlite3.Error) and code & 0xFF not in _DISK:
            raise Mismatch("refused", _DAMAGED) from error
        sentence = f"Nothing can be stored here ({error}): free some space or allow writing."
        raise PhoneError("unwritable", sentence) from error


@contextmanager
def refusing(sentence: str, kind: type[PhoneError] = PhoneError) -> Iterator[None]:
    """Refuse what is not shaped as it should be."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
            zlib.error) as error:  # fmt: skip
        raise kind("refused", sentence) from error


def connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """Open a database whose commits are on the disk when they return."""
    address = f"{path.absolute().as_uri()}?mode={mode}"
    db = sqlite3.connect(
        address, uri=True, isolation_level=None, timeout=10, check_same_thread=False
    )
    db.execute("PRAGMA synchronous = FULL")
    return db


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield an agenda that is there."""
    with storage(), refusing(_DAMAGED, Mismatch), closing(connect(path)) as db:
        yield db


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield an agenda in a transaction: committed, unless an exception leaves the block."""
    with database(path) as db, db:
        db.execute("BEGIN IMMEDIATE")
        yield db


def setting(db: sqlite3.Connection, name: str, default: Any = None) -> Any:
    """Return a setting in a transaction of its own file."""
    for (value,) in db.execute("SELECT value FROM setting WHERE name = ?", (name,)):
        return json.loads(value)
    return default


def settle(db: sqlite3.Connection, **values: object) -> None:
    """Keep settings in a transaction of their own file."""
    rows = [(name, json_of(value)) for name, value in values.items()]
    db.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", rows)


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place, whole and on the disk, or not at all."""
    part = path.with_name(f"{path.name}.new")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def json_of(value: object) -> str:
    """Return canonical JSON; only what is hashed needs it, and holds no object."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
