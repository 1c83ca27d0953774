"""How columns are written: integers, text and bytes, as plain as both databases allow.

Moments are UTC seconds, days ISO 8601, flags 0 and 1; what has a shape (translations, lists) is
canonical JSON in a text column.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

WHOLE = BigInteger().with_variant(Integer, "sqlite")
"""What SQLite takes for a key that is the row's own number."""


def own_id() -> Column[int]:
    """Return a key that the clock's `next_id` gives out."""
    return Column("id", WHOLE, primary_key=True, autoincrement=False)


def counted(name: str = "id") -> Column[int]:
    """Return a key that the database counts up; give its table `sqlite_autoincrement=True`."""
    return Column(name, WHOLE, primary_key=True, autoincrement=True)


def words(name: str, *, info: dict[str, bool] | None = None) -> Column[str]:
    """Return a text, empty by default."""
    return Column(name, Text, nullable=False, server_default="", info=info or {})


def json(name: str, default: str = "{}") -> Column[str]:
    """Return canonical JSON."""
    return Column(name, Text, nullable=False, server_default=default, info={"json": True})


def moment(name: str, *, null: bool = False, info: dict[str, bool] | None = None) -> Column[int]:
    """Return UTC seconds."""
    return Column(name, BigInteger, nullable=null, info=info or {})


def number(
    name: str, *, default: int | None = None, info: dict[str, bool] | None = None
) -> Column[int]:
    """Return a whole number, null unless it has a default."""
    return Column(
        name,
        BigInteger,
        nullable=default is None,
        server_default=None if default is None else str(default),
        info=info or {},
    )


def reference(
    name: str, target: str, *, null: bool = True, delete: str | None = None
) -> Column[int]:
    """Return the id of a row of another table."""
    return Column(
        name, BigInteger, ForeignKey(f"{target}.id", ondelete=delete), nullable=null, index=True
    )
