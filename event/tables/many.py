"""Many values as one parameter: a statement stays the same however many there are.

To write a parameter for each value took longer than the statement.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
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
from sqlalchemy.types import TypeDecorator, TypeEngine


class _List(TypeDecorator[Sequence[Any]]):
    """A list of values of a type: an array, or JSON text in SQLite, which has none."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return postgresql.ARRAY(self.of) if dialect.name == "postgresql" else self.impl_instance

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(value)


class _Among(FunctionElement[bool]):
    """That a column's value is one of a list.

    It has no type: of a Boolean, SQLite would be asked whether it is 1, and read the whole table.
    """

    inherit_cache = True


@compiles(_Among, "sqlite")
def _in_sqlite(element: _Among, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, values = (compiler.process(one, **kwargs) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608


@compiles(_Among, "postgresql")
def _in_postgresql(element: _Among, compiler: SQLCompiler, **kwargs: Any) -> str:
    # A subquery it would take for half the table, and read that.
    column, values = (compiler.process(one, **kwargs) for one in element.clauses)
    return f"{column} = ANY ({values})"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Say that a column's value is one of the list that is bound under this name."""
    return _Among(column, bindparam(name, type_=_List(column.type)))


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
