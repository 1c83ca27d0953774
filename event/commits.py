"""Commits of other processes: how they are told, and noticed without asking a table."""

import sqlite3
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, text

_CHANNEL = "eventday"


class Watch(Protocol):
    """Notices commits of any process without a query to a table."""

    def changed(self) -> bool:
        """Say whether anything was committed since the last call (the first call says yes)."""

    def close(self) -> None:
        """Give the connection back."""


def watch(engine: Engine, *, scans: bool = False) -> Watch:
    """Return a watch on a connection of its own; one thread may use it at a time.

    On PostgreSQL it notices what says `notify`, or with `scans` every commit.
    """
    if engine.dialect.name == "sqlite":
        return _FileWatch(engine.url.database or "")
    return _SnapshotWatch(engine) if scans else _ChannelWatch(engine)


def notify(db: Connection) -> None:
    """Wake the watches of other processes when this transaction commits."""
    if db.dialect.name == "postgresql":
        db.execute(text(f"NOTIFY {_CHANNEL}"))


class _FileWatch:
    """SQLite: `PRAGMA data_version` moves when another connection commits (5 µs a call)."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._version: int | None = None

    def changed(self) -> bool:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        before, self._version = self._version, version
        return bool(before != version)

    def close(self) -> None:
        self._connection.close()


class _ChannelWatch:
    """PostgreSQL: NOTIFY reaches a connection that listens; a lost one is opened again."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connection: Any = None

    def changed(self) -> bool:
        if self._connection is None or self._connection.closed:
            pooled = self.engine.raw_connection()
            self._connection = pooled.driver_connection
            pooled.detach()
            self._connection.autocommit = True
            self._begin()
            return True
        try:
            return self._has_changed()
        except self.engine.dialect.loaded_dbapi.OperationalError:
            self.close()
            return True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _begin(self) -> None:
        self._connection.execute(f"LISTEN {_CHANNEL}")

    def _has_changed(self) -> bool:
        return any(True for _ in self._connection.notifies(timeout=0))


class _SnapshotWatch(_ChannelWatch):
    """PostgreSQL: equal snapshots see equal rows; asking for one reads no table.

    Those who commit a NOTIFY wait for each other, and scans must not.
    """

    _snapshot = ""

    def _begin(self) -> None:
        self._has_changed()

    def _has_changed(self) -> bool:
        (now,) = self._connection.execute("SELECT pg_current_snapshot()::text").fetchone()
        before, self._snapshot = self._snapshot, now
        return bool(before != now)
