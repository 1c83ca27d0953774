"""Turns at the door: who decides about the same holder or the last place does so one by one.

SQLite has one writer anyway; servers on PostgreSQL wait for each other here.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, select, text

from event.tables import gate, holder
from event.tables.many import among


def wait_for(db: Connection, holders: Iterable[int]) -> None:
    """Wait until nobody else decides about these holders; others then wait for this transaction.

    What was read before may have changed: read again.
    """
    if db.dialect.name == "postgresql" and (numbers := set(holders)):
        db.execute(_THESE, {"numbers": list(numbers)})


def wait_for_places(db: Connection, gates: Iterable[int]) -> None:
    """Wait until nobody else gives away places at these gates; others then wait, too.

    After `wait_for`, and before places are counted: it is not enough to wait when few are left, for
    nobody knows how many others are deciding.
    """
    if db.dialect.name == "postgresql":
        db.execute(_GATES, {"numbers": list(gates)})


def wait_for_everyone(db: Connection) -> None:
    """Wait until nobody else decides about any holder; others then wait for this transaction.

    Not after `wait_for`: two that hold a few and want all would wait for each other for ever.
    """
    if db.dialect.name == "postgresql":
        db.execute(_ALL)


_THESE = (
    select(holder.c.number)
    .where(among(holder.c.number, "numbers"))
    # In one order everywhere, so that nobody waits in a circle.
    .order_by(holder.c.number)
    .with_for_update(key_share=True)
)
_GATES = (
    select(gate.c.id)
    .where(among(gate.c.id, "numbers"))
    .order_by(gate.c.id)
    .with_for_update(key_share=True)
)
_ALL = text("LOCK TABLE holder IN EXCLUSIVE MODE")
