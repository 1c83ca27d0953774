"""A register: of all that is said of one thing, the word with the greatest (t_est, item) counts.

So that words may be lost, repeated and shuffled on their way, and all who have heard the same words
know the same. `t_est` are Unix milliseconds, `item` the id of the outbox item that said it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, or_
from sqlalchemy.dialects import postgresql, sqlite

_INSERTS: Mapping[str, Callable[[Table], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def later(table: Table) -> Mapping[str, Any]:
    """Return, by dialect, what writes a word unless a later one is there."""
    return {
        name: new.on_conflict_do_update(
            index_elements=table.primary_key.columns,
            set_={column: new.excluded[column] for column in _said(table)},
            where=or_(
                new.excluded.t_est > table.c.t_est,
                and_(new.excluded.t_est == table.c.t_est, new.excluded.item > table.c.item),
            ),
        )
        for name, new in ((name, insert(table)) for name, insert in _INSERTS.items())
    }


def latest(table: Table) -> Mapping[str, Any]:
    """Return, by dialect, what writes a word said to the server itself: after all it knows."""
    return {
        name: new.on_conflict_do_update(
            index_elements=table.primary_key.columns,
            set_={column: new.excluded[column] for column in _said(table)}
            | {"t_est": _after(new.excluded.t_est, table)},
        )
        for name, new in ((name, insert(table)) for name, insert in _INSERTS.items())
    }


def _said(table: Table) -> list[str]:
    return [column.name for column in table.columns if not column.primary_key]


def _after(moment: ColumnElement[int], table: Table) -> ColumnElement[int]:
    return case((moment > table.c.t_est, moment), else_=table.c.t_est + 1)
