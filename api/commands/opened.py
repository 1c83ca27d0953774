"""What every command begins with: the home and database of the environment; how it may end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from sqlalchemy.exc import ArgumentError

from api.clock import clock_of, real_time
from api.settings import Settings, from_environment
from event.database import Database, migrate
from sync.epoch import follow
from sync.signing import Signer

BY = "organiser/command line"
SOMETHING_LOST, NOT_APPLIED = 3, 4
"""Exit codes, beside 0 and 1 for an error."""


@contextmanager
def opened() -> Iterator[tuple[Settings, Database, Callable[[], datetime]]]:
    """Yield settings, the migrated database and the event's clock; close it at the end."""
    settings = from_environment()
    try:
        db = Database(settings.database)
    except (ArgumentError, ValueError) as error:
        raise click.ClickException(f"EVENTDAY_DATABASE is no address: {error}.") from None
    try:
        migrate(db)
        now = clock_of(settings)
        # Before the first write: a database that was replaced by an older copy gets a new epoch.
        follow(db, Signer(settings.home).last(), at=now(), issued_at=real_time())
        yield settings, db, now
    finally:
        db.close()
