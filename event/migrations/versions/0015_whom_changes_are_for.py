"""Whom changes are for, who may know of them, and which of them plans were checked after."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    for name, default in (("audience", "[]"), ("visibility", '["public"]')):
        op.add_column("change", sa.Column(name, sa.Text(), server_default=default, nullable=False))
    op.execute(
        "UPDATE change SET audience = "
        "(SELECT session.audience FROM session WHERE session.id = change.session_id) "
        "WHERE session_id IN (SELECT id FROM session)"
    )
    op.execute("UPDATE change SET audience = '[\"everyone\"]' WHERE subject = 'announcement'")
    op.add_column("plan", sa.Column("checked", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("plan", sa.Column("stale_since", sa.BigInteger(), nullable=True))
    op.create_index("ix_change_subject", "change", ["subject", "subject_id"])
