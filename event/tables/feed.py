"""The feed's tables: where it stands, its files and records, and what phones send back."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, select

from event.tables.columns import counted, json, metadata

clock = Table(
    "clock",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("next_id", BigInteger, nullable=False),
    Column("head", Text, nullable=False, server_default=""),
)
"""One row a feed: where it stands. `next_id` hands out ids, which are never used again.

`head` is the first line of the head that phones fetch; it is signed when it is given out.
"""

feed_file = Table(
    "feed_file",
    metadata,
    Column("name", Text, primary_key=True),
    Column("feed", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Segments and snapshots as they are published, and each in its encodings; never changed."""

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
"""Which process does what must be done once, until when."""

publish = Table(
    "publish",
    metadata,
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ops", Text, nullable=False),
)

change = Table(
    "change",
    metadata,
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("session_id", BigInteger),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    json("audience", "[]"),
    json("visibility", '["public"]'),
)
"""What became different. `audience` is whom it was or is for; `visibility` who may know of it.

What not everybody may know stands here too, so that those who may are told: whatever is public
reads `public_change`.
"""
Index("ix_change_subject", change.c.subject, change.c.subject_id)

public_change = (
    select(*(column for column in change.c if column.name not in {"audience", "visibility"}))
    .where(change.c.visibility == '["public"]')
    .subquery("public_change")
)
"""The rows of `change` that anybody may read."""

outbox_item = Table(
    "outbox_item",
    metadata,
    Column("id", Text, primary_key=True),
    Column("device", Text, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("t", BigInteger, nullable=False),
    Column("boot", Text, nullable=False),
    Column("mono", BigInteger, nullable=False),
    Column("t_est", BigInteger, nullable=False),
    Column("skewed", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
)
"""What phones sent, as they sent it; times are Unix milliseconds, `t_est` the repaired one."""
Index("ix_outbox_item_kind", outbox_item.c.kind, outbox_item.c.t_est, outbox_item.c.id)

quarantined_item = Table(
    "quarantined_item",
    metadata,
    counted("number"),
    Column("device", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
)
"""Items that could not be taken as they are, and why; the same one is kept once."""
Index("uq_quarantined_item_sha256", quarantined_item.c.sha256, unique=True)

seen = Table(
    "seen",
    metadata,
    Column("device", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
)
"""The newest publish that each phone says it has shown."""
