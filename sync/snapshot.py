"""A snapshot: every public row in a SQLite file whose bytes depend on nothing but the rows.

It is built row by row from the published tables and never copied from a live database, whose free
pages remember what was deleted.
"""

import sqlite3

from sqlalchemy import Connection, Table, select
from sqlite_utils import Database

from event.tables import PUBLIC
from event.text import dump
from sync.feed import FEED_COLUMNS

SCHEMA = 1
"""Number of these tables; a phone that knows another must be updated, so it is a new epoch."""

_PAGE = 4096
_VOLATILE = (24, 92, 96)
"""Offsets in the file's header of the change counter, what it is valid for, and SQLite's version
(SQLite file format, section 1.3): they differ between builds of the same rows."""


def build(db: Connection) -> bytes:
    """Return the file with what is published; equal rows give equal bytes for one SQLite."""
    file = Database(sqlite3.connect(":memory:", isolation_level=None))
    file.execute(f"PRAGMA page_size = {_PAGE}")
    file.execute("PRAGMA journal_mode = OFF")
    for table in PUBLIC.values():
        file.execute(_ddl(table))
    file.execute("CREATE TABLE sync_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) "
                 "STRICT, WITHOUT ROWID")  # fmt: skip
    for name, table in PUBLIC.items():
        columns = [table.c[column] for column in FEED_COLUMNS[name]]
        rows = db.execute(select(*columns).order_by(*table.primary_key)).mappings()
        file.table(name).insert_all(map(dict, rows))
    meta = {"schema": str(SCHEMA), "tables": dump(layout())}
    file.table("sync_meta").insert_all(
        {"name": name, "value": value} for name, value in meta.items()
    )
    file.execute("VACUUM")
    content = bytearray(file.conn.serialize())
    file.close()
    for offset in _VOLATILE:
        content[offset : offset + 4] = (1).to_bytes(4)
    return bytes(content)


def layout() -> list[list[object]]:
    """Return what `sync_meta` says of the tables: name, number of key columns, columns."""
    return [
        [name, len(PUBLIC[name].primary_key), columns] for name, columns in FEED_COLUMNS.items()
    ]


def _ddl(table: Table) -> str:
    """Return the statement that makes a table; none has a hidden rowid, which would differ."""
    name = table.name.removeprefix("public_")
    keys = [column.name for column in table.primary_key]
    columns = []
    for column in (table.c[c] for c in FEED_COLUMNS[name]):
        kind = "TEXT" if column.type.python_type is str else "INTEGER"
        if keys == [column.name]:
            columns.append(f"{column.name} {kind} PRIMARY KEY")
        else:
            columns.append(f"{column.name} {kind}{'' if column.nullable else ' NOT NULL'}")
    if len(keys) == 1:
        return f"CREATE TABLE {name} ({', '.join(columns)}) STRICT"
    key = f"PRIMARY KEY ({', '.join(keys)})"
    return f"CREATE TABLE {name} ({', '.join([*columns, key])}) STRICT, WITHOUT ROWID"
