"""Schedules that are shared until an end, with or without a name."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("share", sa.Column("named", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("share", sa.Column("expires_at", sa.BigInteger(), nullable=True))
