"""An index of what is said of scans, without the many that say nothing of another."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.drop_index("ix_scan_target", "scan")
    said = sa.text("target != ''")
    op.create_index("ix_scan_target", "scan", ["target"], sqlite_where=said, postgresql_where=said)
