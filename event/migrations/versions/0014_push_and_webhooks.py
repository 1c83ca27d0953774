"""Push messages to phones and signed webhooks, in the queue of the mails."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _whole(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "subscription",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        _whole("device_id"),
        _whole("attendee_id"),
        _words("endpoint"),
        _words("p256dh"),
        _words("auth"),
        _whole("created_at"),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], op.f("fk_subscription_device_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["attendee_id"],
            ["attendee.id"],
            op.f("fk_subscription_attendee_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_subscription_attendee_id"), "subscription", ["attendee_id"])
    op.create_index("uq_subscription_device_id", "subscription", ["device_id"], unique=True)
    op.create_index("uq_subscription_endpoint", "subscription", ["endpoint"], unique=True)
    op.create_table(
        "webhook",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        *map(_words, ("slug", "url", "recipients", "secret", "former_secret")),
        _whole("renewed_at"),
        _whole("gone_at", null=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_webhook_slug", "webhook", ["slug"], unique=True)
    op.drop_index("uq_message_publish", "message")
    with op.batch_alter_table("message", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("attendee_id", existing_type=sa.BigInteger(), nullable=True)
        for name in ("subscription", "webhook"):
            batch.add_column(_whole(f"{name}_id", null=True))
            batch.create_foreign_key(
                op.f(f"fk_message_{name}_id"), name, [f"{name}_id"], ["id"], ondelete="CASCADE"
            )
            batch.create_index(op.f(f"ix_message_{name}_id"), [f"{name}_id"])
        for name in ("lane", "topic"):
            batch.add_column(_words(name))
    op.execute("UPDATE message SET lane = 'mail'")
    is_mail = sa.text("subscription_id IS NULL")
    op.create_index(
        "uq_message_publish",
        "message",
        ["epoch", "seq", "attendee_id"],
        unique=True,
        sqlite_where=is_mail,
        postgresql_where=is_mail,
    )
    for name in ("subscription", "webhook"):
        columns = ["epoch", "seq", f"{name}_id"]
        op.create_index(f"uq_message_{name}", "message", columns, unique=True)
