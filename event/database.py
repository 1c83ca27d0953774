"""One database, SQLite or PostgreSQL: how it is opened, read and written."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from event.commits import Watch, watch
from event.errors import Conflict, Invalid
from event.tables import metadata

BUSY_TIMEOUT = 30
"""Seconds a writer waits for another process before it gives up."""

ALIVE = 1
"""Seconds after its last use in which a connection to PostgreSQL is not asked whether it lives."""

SCHEMA = "0016"
"""The newest revision in `event/migrations`."""

_QUIET = {"hide_parameters": True}
"""What an error tells ends in a log, where nothing of a person may stand."""
_SCRUB = {
    # In memory: the copy that VACUUM makes would else lie in the system's temporary folder.
    "sqlite": ("PRAGMA temp_store=MEMORY", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"),
    "postgresql": (f"VACUUM (FULL) {', '.join(sorted(metadata.tables))}",),
}
_TURN = 0x65766461
"""The number of the lock that `take_turns` takes; no other is taken by number."""


class Database:
    """An open database: `read()` and `write()` are its only two ways in.

    Both give a connection in a transaction. A read sees one moment in time. A write holds the one
    write lock of this process and, on SQLite, of the file; it commits at the end or not at all.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        self._writer = self.engine.execution_options(eventday_write=True)
        self._lock = threading.Lock()

    @contextmanager
    def read(self, *, once: bool = False) -> Iterator[Connection]:
        """Yield a connection that sees one consistent moment.

        `once` is for a single statement, which does so by itself: it saves PostgreSQL two answers.
        """
        with self.engine.connect() as db:
            if not self.is_sqlite:
                level = "AUTOCOMMIT" if once else "REPEATABLE READ"
                db = db.execution_options(isolation_level=level)  # noqa: PLW2901
            with db.begin():
                yield db

    @contextmanager
    def write(self, *, aside: bool = False) -> Iterator[Connection]:
        """Yield a connection that may write; commits unless an exception leaves the block.

        `aside` is for what touches no row that others write: on PostgreSQL nobody waits for it.
        """
        turn = nullcontext() if aside and not self.is_sqlite else self._lock
        with turn, self._writer.begin() as db:
            yield db

    def scrub(self) -> None:
        """Rewrite the database, so that its files hold nothing of what was deleted or changed.

        SQLite leaves deleted rows in free pages, and each page's past in the log beside the file;
        both end here. PostgreSQL rewrites its tables, but its own log, its archives and replicas
        keep the past until they are recycled. Nobody can write meanwhile. Raises Conflict when
        somebody reads for so long that SQLite's log cannot be emptied.
        """
        with self._lock, self.engine.connect() as db:
            statements = _SCRUB[db.dialect.name]
            connection = db.connection.driver_connection
            assert connection is not None
            if not self.is_sqlite:
                connection.autocommit = True
            try:
                answers = [connection.execute(statement) for statement in statements]
                is_busy = self.is_sqlite and answers[-1].fetchone()[0]
            finally:
                # Its settings are not those of the others: it is not given back.
                db.detach()
        if is_busy:
            raise Conflict("Somebody is reading; try again in a minute: eventday purge")

    def watch(self, *, scans: bool = False) -> Watch:
        """Return what notices commits, with `scans` also those of scans (see `event.commits`)."""
        return watch(self.engine, scans=scans)

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def take_turns(db: Connection) -> None:
    """Wait until no other transaction adds people, badges or phones; others then wait for this one.

    What was read before may have changed: read again. SQLite has one writer anyway.
    """
    if db.dialect.name == "postgresql":
        db.execute(text(f"SELECT pg_advisory_xact_lock({_TURN})"))


def migrate(db: Database) -> None:
    """Bring the tables up to date; a database of a newer eventday raises Invalid."""
    if db.is_sqlite:
        _create(db.path)
    if _schema(db) == SCHEMA:
        return
    # Only now: a server that finds its tables in order needs none of the 11 MB.
    from event.migrations import upgrade  # noqa: PLC0415

    upgrade.to_head(db)


def _schema(db: Database) -> str | None:
    """Return the revision that Alembic left, None in an empty database."""
    with db.read() as tx:
        if not inspect(tx).has_table("alembic_version"):
            return None
        version: str | None = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return version


def _create(path: Path) -> None:
    """Make an empty file for its owner alone; SQLite gives its companions the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}; check EVENTDAY_HOME.") from None


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT}, pool_size=16, **_QUIET)

    # The driver's own transactions lose concurrent read-modify-writes without a word: they begin
    # at the first write, after the read. So the driver is told to leave them to us.
    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # Under NORMAL a power cut takes back numbers that phones already hold.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("eventday_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: str) -> Engine:
    try:
        engine = create_engine(url, pool_size=16, pool_timeout=BUSY_TIMEOUT, **_QUIET)
    except ModuleNotFoundError as missing:
        raise Invalid(
            f"{missing}: install the PostgreSQL driver with pip install 'eventday[postgres]', and "
            "write EVENTDAY_DATABASE as postgresql+psycopg://user@host/name."
        ) from missing

    @event.listens_for(engine, "checkin")
    def used(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["used"] = monotonic()

    # What `pool_pre_ping` does, but not for a connection that answered just now.
    @event.listens_for(engine, "checkout")
    def check(connection: Any, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        if monotonic() - record.info.get("used", inf) > ALIVE:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error

    return engine
