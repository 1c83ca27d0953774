"""A backup: every table in one SQLite file, taken while serving; and what a restore does.

The file is the same for both databases, so that a backup of one may be restored into the other.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, cast, func, select, text
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from event.database import Database, migrate
from event.errors import Invalid
from event.people.attendees import everyone
from event.people.privacy import erase
from event.tables import holder, metadata
from event.times import to_seconds
from sync.door import DOOR
from sync.epoch import renew
from sync.feed import PUBLIC, Feed, published
from sync.publish import Clock, read_clock
from sync.state import EMPTY, moved_on

FEEDS = (PUBLIC, DOOR)
LATEST_EPOCH = 2**40
"""No clock says so; a later one would leave no room for the next."""

_BATCH = 500
_LAST_SQLITE = text("SELECT seq FROM sqlite_sequence WHERE name = :name")


def back_up(database: Database, file: Path) -> None:
    """Write all that the database holds at one moment into a new file.

    Raises Invalid when the file is there, or cannot be written: then nothing is.
    """
    if file.exists():
        raise Invalid(f"{file} is there already; choose another name.")
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    target = Database(f"sqlite:///{part}")
    try:
        migrate(target)
        with database.read() as source, target.write() as copy:
            _copy(source, copy)
        target.close()
        with closing(sqlite3.connect(part)) as db:
            # One file, without the companions that a database in use has.
            db.execute("PRAGMA journal_mode=DELETE")
        os.link(part, file)
    except FileExistsError:
        raise Invalid(f"{file} is there already; choose another name.") from None
    except DBAPIError as error:
        raise Invalid(f"{file} cannot be written: {error.orig}.") from None
    finally:
        target.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{part}{suffix}").unlink(missing_ok=True)


def restore(
    database: Database, file: Path, *, after: int, at: datetime, issued_at: datetime
) -> Clock:
    """Replace all that the database holds by a backup, and begin epochs later than `after`.

    All or nothing, also while serving. Raises Invalid when the file is no backup, or a newer one.
    """
    with (
        opened(file) as source,
        _refusing(file),
        source.read() as backup,
        database.write() as db,
    ):
        latest = max(after, *(read_clock(db, feed).epoch for feed in FEEDS))
        gone = _ended(db)
        _copy(backup, db)
        again = _erase_again(db, gone, at=to_seconds(at))
        if not (read_clock(db).seq and all(_is_whole(db, feed) for feed in FEEDS)):
            raise Invalid(f"{file} holds no event, or is damaged; nothing was changed.")
        for feed in FEEDS:
            if read_clock(db, feed).seq:
                renew(db, after=latest, at=at, issued_at=issued_at, feed=feed)
        clock = read_clock(db)
    if again:
        database.scrub()
    return clock


def _is_whole(db: Connection, feed: Feed) -> bool:
    """Say whether a feed's rows are those that its clock tells of."""
    clock = read_clock(db, feed)
    rows = list(published(db, feed))
    return clock.epoch <= LATEST_EPOCH and clock.state == moved_on(EMPTY, gone=[], come=rows)


@contextmanager
def opened(file: Path) -> Iterator[Database]:
    """Yield a copy of a backup, migrated: opening the file itself would change it.

    Raises Invalid when it is no backup, or that of a newer eventday.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "backup.db"
        _read(file, copy)
        source = Database(f"sqlite:///{copy}")
        try:
            with _refusing(file):
                migrate(source)
            yield source
        finally:
            source.close()


@contextmanager
def _refusing(file: Path) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        what = getattr(error, "orig", error)
        raise Invalid(f"{file} cannot be restored ({what}); nothing was changed.") from None


def _ended(db: Connection) -> set[int]:
    """Return the holders whose attendees were erased."""
    return set(db.execute(select(holder.c.number).where(holder.c.ended_at.is_not(None))).scalars())


def _erase_again(db: Connection, numbers: set[int], *, at: int) -> int:
    """Erase whom a backup brought back although they were erased since; return how many."""
    back = [person.id for person in everyone(db) if person.holder in numbers]
    for number in back:
        erase(db, number, at)
    return len(back)


def _copy(source: Connection, target: Connection) -> None:
    """Make the rows of `target` those of `source`."""
    counted = [table for table in metadata.sorted_tables if table.autoincrement_column is not None]
    last = {table: max(_last(source, table), _last(target, table)) for table in counted}
    for table in reversed(metadata.sorted_tables):
        target.execute(table.delete())
    for table in metadata.sorted_tables:
        for rows in source.execute(select(table)).mappings().partitions(_BATCH):
            target.execute(table.insert(), [dict(row) for row in rows])
    for table in counted:
        _go_on_counting(target, table, last[table])


def _last(db: Connection, table: Table) -> int:
    """Return the highest number a table has given out, of rows that are gone too."""
    if db.dialect.name == "sqlite":
        return db.execute(_LAST_SQLITE, {"name": table.name}).scalar() or 0
    sequence = _sequence(table)
    return db.execute(select(func.pg_sequence_last_value(sequence))).scalar() or 0


def _go_on_counting(target: Connection, table: Table, last: int) -> None:
    """Let a numbered table go on after `last`: no number is ever given again."""
    if target.dialect.name == "postgresql":
        target.execute(select(func.setval(_sequence(table), max(last, 1), last > 0)))
    else:
        target.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        row = {"name": table.name, "last": last}
        target.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), row)


def _sequence(table: Table) -> ColumnElement[Any]:
    column = table.autoincrement_column
    assert column is not None
    return cast(func.pg_get_serial_sequence(table.name, column.name), REGCLASS)


def _read(file: Path, copy: Path) -> None:
    """Copy a backup that is whole. Raises Invalid for anything else."""
    try:
        shutil.copyfile(file, copy)
        with closing(sqlite3.connect(copy)) as db:
            db.execute("SELECT version_num FROM alembic_version").fetchone()
            (sound,) = db.execute("PRAGMA integrity_check").fetchone()
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.") from None
    except sqlite3.Error:
        raise Invalid(f"{file} is no backup; make one with: eventday backup FILE") from None
    if sound != "ok":
        raise Invalid(f"{file} is damaged; restore another backup.")
