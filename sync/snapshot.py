"""A snapshot: every row of a feed in a SQLite file whose bytes depend on nothing but the rows.

It is built row by row from the published tables and never copied from a live database, whose free
pages remember what was deleted.
"""

import sqlite3
from typing import Any

from sqlalchemy import Column, Connection, select
from sqlite_utils import Database

from event.text import dump
from sync.feed import PUBLIC, Feed

_PAGE = 4096
_VOLATILE = (24, 92, 96)
"""Offsets in the file's header of the change counter, what it is valid for, and SQLite's version
(SQLite file format, section 1.3): they differ between builds of the same rows."""


def build(db: Connection, feed: Feed = PUBLIC) -> bytes:
    """Return the file with what is published; equal rows give equal bytes for one SQLite."""
    file = Database(sqlite3.connect(":memory:", isolation_level=None))
    file.execute(f"PRAGMA page_size = {_PAGE}")
    file.execute("PRAGMA journal_mode = OFF")
    for name, table in feed.tables.items():
        file.execute(_ddl(name, [table.c[column] for column in feed.columns(name)]))
    file.execute("CREATE TABLE sync_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) "
                 "STRICT, WITHOUT ROWID")  # fmt: skip
    for name, table in feed.tables.items():
        columns = [table.c[column] for column in feed.columns(name)]
        rows = db.execute(select(*columns).order_by(*table.primary_key)).mappings()
        file.table(name).insert_all(map(dict, rows))
    meta = {"schema": str(feed.schema), "tables": dump(feed.layout())}
    file.table("sync_meta").insert_all(
        {"name": name, "value": value} for name, value in meta.items()
    )
    file.execute("VACUUM")
    content = bytearray(file.conn.serialize())
    file.close()
    for offset in _VOLATILE:
        content[offset : offset + 4] = (1).to_bytes(4)
    return bytes(content)


def _ddl(name: str, shown: list[Column[Any]]) -> str:
    """Return the statement that makes a table; none has a hidden rowid, which would differ."""
    keys = [column.name for column in shown if column.primary_key]
    has_rowid = len(keys) == 1 and shown[0].table.info.get("rowid", True)
    columns = []
    for column in shown:
        kind = "TEXT" if column.type.python_type is str else "INTEGER"
        if has_rowid and column.primary_key:
            columns.append(f"{column.name} {kind} PRIMARY KEY")
        else:
            columns.append(f"{column.name} {kind}{'' if column.nullable else ' NOT NULL'}")
    if has_rowid:
        return f"CREATE TABLE {name} ({', '.join(columns)}) STRICT"
    key = f"PRIMARY KEY ({', '.join(keys)})"
    return f"CREATE TABLE {name} ({', '.join([*columns, key])}) STRICT, WITHOUT ROWID"
