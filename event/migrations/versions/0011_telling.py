"""Which publishes were told, and mails that are on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "told",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("epoch", "seq", name=op.f("pk_told")),
    )
    # What was published before there were messages is told to nobody any more.
    op.execute("INSERT INTO told (epoch, seq) SELECT epoch, seq FROM publish")
    op.create_table(
        "message",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("attendee_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("numbers", sa.Text(), server_default="[]", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"],
            ["attendee.id"],
            name=op.f("fk_message_attendee_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_message_attendee_id"), "message", ["attendee_id"])
    op.create_index("uq_message_publish", "message", ["epoch", "seq", "attendee_id"], unique=True)
    op.create_index("ix_message_state", "message", ["state", "due"])
