"""The agenda's rows: a snapshot, records applied to it, and the state they add up to."""

import json
import os
import re
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from sync.kept.head import SCHEMA, base64_of, unbase64
from sync.kept.storage import Key, Mismatch, Row, database, json_of
from sync.kept.words import SEARCHED, fold, texts_of

Layout = dict[str, tuple[int, list[str]]]
Difference = tuple[int, Key, Row | None, Row | None]
"""A seq, a key, and the columns that differ, before and after; None where there is no row."""

_NAME = re.compile(r"(?!local_|sqlite_|sync_)[a-z][a-z0-9_]*")
_LOCAL = """
CREATE TABLE local_stand (value TEXT NOT NULL) STRICT;
INSERT INTO local_stand VALUES ('');
CREATE TABLE local_search (
    name TEXT, id INTEGER, folded TEXT NOT NULL, PRIMARY KEY (name, id)) STRICT, WITHOUT ROWID;
"""


def stand_at(db: sqlite3.Connection, head: Row) -> None:
    """Write where the agenda stands now."""
    names = ("epoch", "seq", "state", "issued", "expires", "poll", "etag")
    db.execute("UPDATE local_stand SET value = ?", (json_of({name: head[name] for name in names}),))


def stand_of(db: sqlite3.Connection) -> Row:
    """Return where the agenda stands; raise ValueError or its like when that makes no sense."""
    (text,) = db.execute("SELECT value FROM local_stand").fetchone()
    stand: Row = json.loads(text)
    numbers = [stand[name] for name in ("epoch", "seq", "issued", "expires")] + [*stand["poll"]]
    texts = stand["state"], stand["etag"]
    if {*map(type, numbers)} != {int} or {*map(type, texts)} != {str} or len(numbers) != 6:
        raise ValueError
    return stand


def build(
    path: Path, content: bytes, records: list[Row], head: Row, old: Path | None
) -> list[Difference]:
    """Make an agenda of a snapshot and the records after it; return how it differs from the old."""
    path.write_bytes(content)
    with database(path) as db:
        # Nothing points at this file yet: should anything break off, it is thrown away.
        db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_LOCAL}; BEGIN")
        rows = rows_of(db)
        for key, row in rows.items():
            index(db, key, row)
        state = sum(hash_of(key, row) for key, row in rows.items())
        replay(db, base64_of(state), records, head["state"])
        stand_at(db, head)
        new = rows_of(db)
        db.execute("COMMIT")
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    before = new
    if old:
        with suppress(Mismatch), database(old) as db:
            before = rows_of(db)
    return [
        (head["seq"], key, *differing(before.get(key), new.get(key)))
        for key in before | new
        if before.get(key) != new.get(key)
    ]


def replay(db: sqlite3.Connection, state: str, records: list[Row], goal: str) -> list[Difference]:
    """Apply records to rows of a state (step 4); raise ValueError unless they lead to the goal."""
    found: list[Difference] = []
    layout, total = layout_of(db), int.from_bytes(unbase64(state, 32))
    for record in records:
        for op in record["ops"]:
            key, old, new = apply(db, layout, op)
            total += hash_of(key, new) - hash_of(key, old)
            found.append((record["s"], key, *differing(old, new)))
        if f"{total % 2**256:064x}"[:16] != record["h"]:
            raise ValueError
    if base64_of(total) != goal:
        raise ValueError
    return found


def apply(
    db: sqlite3.Connection, layout: Layout, op: list[Any]
) -> tuple[Key, Row | None, Row | None]:
    """Apply an op; return its row's key and the row before and after."""
    changed = op[-1] if isinstance(op[-1], dict) else None
    name, *key = op if changed is None else op[:-1]
    keys, columns = layout[name]
    values = [*key, *(changed or {}).values()]
    is_known = {*(changed or ())} <= {*columns[keys:]}
    # Not isinstance: True is an int to Python.
    if len(key) != keys or not is_known or not {*map(type, values)} <= {str, int, type(None)}:
        raise ValueError
    # Only names that `layout_of` lets pass get into a statement.
    listed, same = ", ".join(columns), " AND ".join(f"{column} = ?" for column in columns[:keys])
    row = db.execute(f"SELECT {listed} FROM {name} WHERE {same}", key).fetchone()  # noqa: S608
    old, new = dict(zip(columns, row, strict=True)) if row else None, None
    db.execute(f"DELETE FROM {name} WHERE {same}", key)  # noqa: S608
    if changed is not None:
        merged = (old or dict(zip(columns, key, strict=False))) | changed
        new = {column: merged[column] for column in columns}
        marks = ", ".join("?" * len(columns))
        db.execute(f"INSERT INTO {name} ({listed}) VALUES ({marks})", [*new.values()])  # noqa: S608
    index(db, (name, *key), new)
    return (name, *key), old, new


def layout_of(db: sqlite3.Connection) -> Layout:
    """Return what `sync_meta` names: the only tables and columns that an op may touch."""
    known = dict(db.execute("SELECT name, value FROM sync_meta"))
    layout = {name: (keys, columns) for name, keys, columns in json.loads(known["tables"])}
    names = [*layout, *(column for _, columns in layout.values() for column in columns)]
    if known["schema"] != str(SCHEMA) or not all(map(_NAME.fullmatch, names)):
        raise ValueError
    return layout


def rows_of(db: sqlite3.Connection) -> dict[Key, Row]:
    """Return all rows of an agenda."""
    return {
        (name, *row[:keys]): dict(zip(columns, row, strict=True))
        for name, (keys, columns) in layout_of(db).items()
        for row in db.execute(f"SELECT {', '.join(columns)} FROM {name}")  # noqa: S608
    }


def differing(old: Row | None, new: Row | None) -> tuple[Row | None, Row | None]:
    """Return two rows without what is equal in both."""
    if old is None or new is None:
        return old, new
    names = [name for name in new if old.get(name) != new[name]]
    return {name: old.get(name) for name in names}, {name: new[name] for name in names}


def hash_of(key: Key, row: Row | None) -> int:
    """Return what a row adds to the state."""
    if row is None:
        return 0
    return int.from_bytes(sha256(json_of([key[0], *row.values()]).encode()).digest())


def index(db: sqlite3.Connection, key: Key, row: Row | None) -> None:
    """Bring the words of a row up to date, for `search`."""
    if columns := SEARCHED.get(key[0]):
        db.execute("DELETE FROM local_search WHERE name = ? AND id = ?", key)
        if row:
            words = (word for column in columns for word in texts_of(row[column]).values())
            db.execute("INSERT INTO local_search VALUES (?, ?, ?)", (*key, fold(" ".join(words))))


def merged_of(rows: Iterable[list[Any]]) -> dict[Key, tuple[Row | None, Row | None]]:
    """Return what differs in each row, before the first of some differences and after the last."""
    merged: dict[Key, tuple[Row | None, Row | None]] = {}
    for row in rows:
        name, before, after = row
        key = tuple(name)
        if key in merged:
            first, last = merged[key]
            before = None if first is None else (before or {}) | first
            after = None if after is None else (last or {}) | after
        merged[key] = before, after
    return merged
