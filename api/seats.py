"""Seats that are due: what a late look must find done, whoever looks first."""

from event.database import Database
from event.schedule.seats import due, settle


def settle_due(database: Database, *, at: int) -> list[int]:
    """Settle every session whose seats something happens to at a moment; return their ids.

    It costs one query while nothing is due.
    """
    with database.read() as db:
        sessions = due(db, at=at)
    for session_id in sessions:
        with database.write() as db:
            settle(db, session_id, at=at)
    return sessions
