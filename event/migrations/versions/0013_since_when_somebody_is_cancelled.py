"""Since when somebody is cancelled or replaced; that somebody arrived follows from scans."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("attendee", sa.Column("status_at", sa.BigInteger()))
    # Nothing more is known of those before.
    op.execute("UPDATE attendee SET status_at = changed_at WHERE status <> 'registered'")
    op.drop_column("watch", "arrived_at")
