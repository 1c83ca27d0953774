"""Last-minute changes: what was overwritten, what waits, what is prepared."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _words(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _whole(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=False)


def _counted(name: str) -> sa.Column[int]:
    return sa.Column(name, _ID, autoincrement=True, nullable=False)


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "overwritten",
        _counted("number"),
        _whole("seq", "0"),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_overwritten")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_overwritten_seq", "overwritten", ["seq"])
    op.create_index("ix_overwritten_row", "overwritten", ["table", "key"])
    op.create_table(
        "edits",
        sa.Column("id", sa.Text(), nullable=False),
        _words("sha256"),
        _whole("seq", "0"),
        _words("clashes", "[]"),
        _whole("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edits")),
    )
    op.create_table(
        "hold",
        _counted("number"),
        _words("id"),
        _words("sha256"),
        _whole("at"),
        _whole("due"),
        _words("by"),
        _words("lists", "[]"),
        _words("versions", "{}"),
        _words("fault"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_hold")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_hold_id", "hold", ["id"], unique=True)
    op.create_table(
        "plan",
        _counted("id"),
        _words("name", "{}"),
        _words("operations", "[]"),
        _words("reason", "{}"),
        _words("versions", "{}"),
        _whole("at"),
        _words("by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "review",
        _counted("id"),
        _words("name"),
        _words("timezone"),
        _words("language"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _whole("at"),
        _words("by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sqlite_autoincrement=True,
    )
