"""How Alembic reaches the database: one transaction, one process at a time."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from event.database import Database
from event.errors import Conflict
from event.tables import metadata

LOCK = 4_711_001
"""Any number, as long as every process that migrates takes the same PostgreSQL advisory lock."""


def run(db: Connection) -> None:
    """Run the migrations that are missing on a connection inside a transaction."""
    context.configure(
        connection=db,
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    context.run_migrations()


def main(database: Database) -> None:
    """Migrate, with SQLite's foreign keys off: batch mode on a parent deletes its children."""
    with database.engine.execution_options(eventday_write=True).connect() as db:
        if database.is_sqlite:
            driver: Any = db.connection.driver_connection
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with db.begin():
                    run(db)
                    if broken := db.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                        raise Conflict(f"The migration would leave loose ends: {broken[:5]}")
            finally:
                driver.execute("PRAGMA foreign_keys=ON")
        else:
            with db.begin():
                db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
                run(db)


main(context.config.attributes["database"])
