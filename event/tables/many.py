"""Many values as one parameter: a statement stays the same however many there are.

Both databases read JSON; to write a parameter for each value took longer than the statement.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Table,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class _List(TypeDecorator[Sequence[Any]]):
    """A list as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        return json.dumps(value)


class _Values(FunctionElement[Any]):
    """The values of a JSON list, as a subquery."""

    inherit_cache = True


class _Numbers(_Values):
    """The same of whole numbers."""

    inherit_cache = True


@compiles(_Values, "sqlite")
def _in_sqlite(element: _Values, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **kwargs)}))"  # noqa: S608


@compiles(_Values, "postgresql")
def _in_postgresql(element: _Values, compiler: SQLCompiler, **kwargs: Any) -> str:
    kind = "bigint" if isinstance(element, _Numbers) else "text"
    words = compiler.process(element.clauses, **kwargs)
    return f"(SELECT CAST(json_array_elements_text(CAST({words} AS json)) AS {kind}))"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Say that a column's value is one of the list that is bound under this name."""
    values = _Numbers if isinstance(column.type, BigInteger) else _Values
    return column.bool_op("IN")(values(bindparam(name, type_=_List)))


def inserts(table: Table, resolve: Callable[[Any], Any]) -> Mapping[str, Any]:
    """Return what `insert_many` inserts by, for each database; `resolve` adds ON CONFLICT.

    PostgreSQL takes all rows as one parameter; SQLite runs next to us, where each costs little.
    """
    rows = func.json_populate_recordset(
        literal_column(f"CAST(NULL AS {table.name})"), text("CAST(:rows AS json)")
    )
    names = [column.name for column in table.columns]
    source: Any = select(*map(literal_column, names)).select_from(rows)
    return {
        "sqlite": resolve(sqlite.insert(table)),
        "postgresql": resolve(postgresql.insert(table).from_select(names, source)),
    }


def insert_many(db: Connection, how: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert complete rows; return how many were added or changed."""
    if not rows:
        return 0
    given = {"rows": json.dumps(rows)} if db.dialect.name == "postgresql" else rows
    return db.execute(how[db.dialect.name], given, execution_options=_COUNTED).rowcount


_COUNTED = {"preserve_rowcount": True}
