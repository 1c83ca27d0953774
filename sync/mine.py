"""`mine.db`: where a phone's records stand and all that is its own; every write is on the disk."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sync.replica import Row, json_of
from sync.trouble import refusing

FRESH = 3
"""Seconds in which what was told comes back by the feed."""
SET = "INSERT OR REPLACE INTO setting VALUES (?, ?)"
TABLES = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS record (s INTEGER PRIMARY KEY, record TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS shown (key TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS item (
    n INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT NOT NULL, receipted_at INTEGER) STRICT;
"""


@contextmanager
def opened(folder: Path, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
    """Yield the database in a transaction: all of it is on the disk when done, or nothing."""
    path = folder / "mine.db"
    with refusing(), closing(sqlite3.connect(path, isolation_level=None)) as db, db:
        db.execute("PRAGMA synchronous = FULL")
        db.execute(begin)
        yield db


def settings_of(folder: Path) -> Row:
    """Return all settings."""
    with opened(folder, "BEGIN") as db:
        rows = db.execute("SELECT name, value FROM setting").fetchall()
        return {name: json.loads(value) for name, value in rows}


def settle(folder: Path, **values: Any) -> None:
    """Keep settings."""
    with opened(folder) as db:
        db.executemany(SET, [(name, json_of(value)) for name, value in values.items()])


def heard_undos(folder: Path) -> frozenset[str]:
    """Return the undos that were told before the server last said where the feed stands."""
    with opened(folder, "BEGIN") as db:
        return frozenset(name for (name,) in db.execute(_HEARD, (FRESH,)))


_HEARD = """
SELECT json_extract(item, '$.id') FROM item WHERE json_extract(item, '$.kind') = 'undo'
AND receipted_at <= (SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'checked') - ?
"""
