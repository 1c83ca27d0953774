"""Running the migrations; apart from the database, because a server rarely needs Alembic."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from event.database import Database
from event.errors import Invalid

_MIGRATING = threading.Lock()
"""Alembic keeps what it works on in a module; only one thread of a process may use it."""


def configuration() -> Config:
    """Return how Alembic finds the migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def to_head(db: Database) -> None:
    """Run the migrations that are missing; a revision that is not ours raises Invalid."""
    config = configuration()
    with db.read() as tx:
        current = MigrationContext.configure(tx).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise Invalid(
            f"The database was made by a newer eventday (schema {current}); "
            "install that version, or restore a backup of this one."
        )
    config.attributes["database"] = db
    with _MIGRATING:
        command.upgrade(config, "head")
