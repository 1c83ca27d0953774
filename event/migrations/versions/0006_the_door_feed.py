"""What devices at doors hold, as it was last published."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "door_number",
        sa.Column(
            "n",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("holder", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_door_number")),
        sa.UniqueConstraint("holder", name=op.f("uq_door_number_holder")),
    )
    op.create_table(
        "door_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("uuid", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), server_default="", nullable=False),
        sa.Column("days", sa.Text(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_event")),
    )
    op.create_table(
        "door_key",
        sa.Column(
            "slot",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("public", sa.Text(), server_default="", nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_door_key")),
    )
    op.create_table(
        "door_category",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("slug", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="{}", nullable=False),
        sa.Column("color", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_door_category")),
    )
    op.create_table(
        "door_gate",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("slug", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="{}", nullable=False),
        sa.Column("policy", sa.Text(), server_default="", nullable=False),
        sa.Column("categories", sa.Text(), server_default="[]", nullable=False),
        sa.Column("days", sa.BigInteger(), server_default="65535", nullable=False),
        sa.Column("opens_at", sa.BigInteger(), nullable=True),
        sa.Column("closes_at", sa.BigInteger(), nullable=True),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column("needs_booking", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("departure", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("free_flow", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ended", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_gate")),
    )
    op.create_table(
        "door_badge",
        sa.Column(
            "n",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("holder", sa.BigInteger(), nullable=False),
        sa.Column("packed", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=True),
        sa.Column("box_slot", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_door_badge")),
    )
    op.create_table(
        "door_passage",
        sa.Column(
            "n",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("gates", sa.Text(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_door_passage")),
    )
    op.create_table(
        "door_booked",
        sa.Column(
            "gate_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "n",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("gate_id", "n", name=op.f("pk_door_booked")),
    )
    op.create_table(
        "door_cleared",
        sa.Column(
            "gate_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gate_id", name=op.f("pk_door_cleared")),
    )
    op.create_table(
        "door_device",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_device")),
    )
    op.execute(
        "INSERT INTO clock (feed, epoch, seq, state, modified, next_id) "
        "VALUES ('door', 0, 0, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 0, 1)"
    )
