"""Two processes at once: the second begins before the first has committed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from event.database import Database

T = TypeVar("T")


def at_once(db: Database, work: Callable[[Connection], T]) -> tuple[T, T]:
    """Do work in two transactions on two connections; return what the first and second made."""
    url = db.url.render_as_string(hide_password=False)
    other = Database(url)
    with ThreadPoolExecutor(1) as pool:
        with db.write() as tx:
            first = work(tx)
            pending = pool.submit(_in_transaction, other, work)
            _wait_until_it_waits(db, pending)
        second = pending.result()
    other.close()
    return first, second


def _in_transaction(db: Database, work: Callable[[Connection], T]) -> T:
    with db.write() as tx:
        return work(tx)


def _wait_until_it_waits(db: Database, pending: "Future[Any]") -> None:
    """On PostgreSQL until it waits for a lock or is done; on SQLite it waits for the file."""
    while not db.is_sqlite and not pending.done():
        with db.read() as tx:
            if tx.execute(_WAITING).first():
                return
        wait([pending], timeout=0.01)


_WAITING = text(
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
