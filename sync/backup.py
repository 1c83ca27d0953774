"""A backup: every table in one SQLite file, taken while serving; and what a restore does.

The file is the same for both databases, so that a backup of one may be restored into the other.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Table, func, select

from event.database import Database, migrate
from event.errors import Invalid
from event.tables import metadata
from sync.epoch import renew
from sync.publish import Clock, read_clock

_BATCH = 500


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
    finally:
        target.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{part}{suffix}").unlink(missing_ok=True)


def restore(
    database: Database, file: Path, *, after: int, at: datetime, issued_at: datetime
) -> Clock:
    """Replace all that the database holds by a backup, and begin an epoch later than `after`.

    All or nothing, also while serving. Raises Invalid when the file is no backup, or a newer one.
    """
    with tempfile.TemporaryDirectory() as folder:
        # A copy: an older backup is migrated first, and opening it would change the file itself.
        copy = Path(folder) / "backup.db"
        _read(file, copy)
        source = Database(f"sqlite:///{copy}")
        try:
            migrate(source)
            with source.read() as backup, database.write() as db:
                before = read_clock(db)
                _copy(backup, db)
                return renew(db, after=max(after, before.epoch), at=at, issued_at=issued_at)
        finally:
            source.close()


def _copy(source: Connection, target: Connection) -> None:
    """Make the rows of `target` those of `source`."""
    for table in reversed(metadata.sorted_tables):
        target.execute(table.delete())
    for table in metadata.sorted_tables:
        for rows in source.execute(select(table)).mappings().partitions(_BATCH):
            target.execute(table.insert(), [dict(row) for row in rows])
    if target.dialect.name == "postgresql":
        for table in metadata.sorted_tables:
            _go_on_counting(target, table)


def _go_on_counting(target: Connection, table: Table) -> None:
    """Let a numbered table go on after the highest number there is."""
    column = table.autoincrement_column
    if column is not None:
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
        target.execute(select(func.setval(sequence, highest, False)))


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
