"""The tables of telling people: which publishes were told, and what is on its way to whom.

Moments are UTC seconds of the real time.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table

from event.tables.columns import counted, json, metadata, moment, number, reference, words

told = Table(
    "told",
    metadata,
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
)
"""The publishes whose messages are made."""

subscription = Table(
    "subscription",
    metadata,
    counted(),
    Column("device_id", BigInteger, ForeignKey("device.id", ondelete="CASCADE"), nullable=False),
    reference("attendee_id", "attendee", null=False, delete="CASCADE"),
    words("endpoint"),
    words("p256dh"),
    words("auth"),
    moment("created_at"),
    sqlite_autoincrement=True,
)
"""Where a phone takes push messages, and the keys that only it can read them with (RFC 8291)."""
Index("uq_subscription_device_id", subscription.c.device_id, unique=True)
Index("uq_subscription_endpoint", subscription.c.endpoint, unique=True)

webhook = Table(
    "webhook",
    metadata,
    counted(),
    words("slug"),
    words("url"),
    words("recipients"),
    words("secret"),
    words("former_secret"),
    moment("renewed_at"),
    moment("gone_at", null=True),
    sqlite_autoincrement=True,
)
"""Where an organisation wants to hear of each publish that touches somebody.

`secret` is what it checks our signature with, `former_secret` the one before, renewed at
`renewed_at`; `gone_at` is when it said that it will take nothing any more.
"""
Index("uq_webhook_slug", webhook.c.slug, unique=True)

message = Table(
    "message",
    metadata,
    counted(),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    reference("attendee_id", "attendee", delete="CASCADE"),
    reference("subscription_id", "subscription", delete="CASCADE"),
    reference("webhook_id", "webhook", delete="CASCADE"),
    words("lane"),
    words("topic"),
    words("language"),
    json("numbers", "[]"),
    words("state"),
    number("attempts", default=0),
    moment("at"),
    moment("due"),
    words("fault"),
    sqlite_autoincrement=True,
)
"""One publish, told to one mailbox, phone or webhook: waiting, sent, replaced, failed or expired.

`lane` is the channel and, behind a slash, whose server it is: what is slow there holds up nothing
else. A newer one of the same `topic` replaces a push that still waits. `numbers` are those of the
changes it tells of; `at` is when it was made, `due` when it is tried next; `fault` says what the
last attempt met, and nothing of a person.
"""
Index(
    "uq_message_publish",
    message.c.epoch,
    message.c.seq,
    message.c.attendee_id,
    unique=True,
    sqlite_where=message.c.subscription_id.is_(None),
    postgresql_where=message.c.subscription_id.is_(None),
)
Index(
    "uq_message_subscription",
    message.c.epoch,
    message.c.seq,
    message.c.subscription_id,
    unique=True,
)
Index("uq_message_webhook", message.c.epoch, message.c.seq, message.c.webhook_id, unique=True)
Index("ix_message_state", message.c.state, message.c.due)
