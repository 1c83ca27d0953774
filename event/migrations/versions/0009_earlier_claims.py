"""What the codes of badges said before a change."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "earlier_claim",
        sa.Column("holder", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("category", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("days", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("flags", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["holder.number"],
            name=op.f("fk_earlier_claim_holder"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "holder", "category", "days", "flags", name=op.f("pk_earlier_claim")
        ),
    )
