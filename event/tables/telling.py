"""The tables of telling people: which publishes were told, and what is on its way to whom.

Moments are UTC seconds of the real time.
"""

from sqlalchemy import BigInteger, Column, Index, Table

from event.tables.columns import counted, json, metadata, moment, number, reference, words

told = Table(
    "told",
    metadata,
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
)
"""The publishes whose messages are made."""

message = Table(
    "message",
    metadata,
    counted(),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    reference("attendee_id", "attendee", null=False, delete="CASCADE"),
    words("language"),
    json("numbers", "[]"),
    words("state"),
    number("attempts", default=0),
    moment("at"),
    moment("due"),
    words("fault"),
    sqlite_autoincrement=True,
)
"""A mail about one publish to one person: waiting, sent, failed or expired.

`numbers` are those of the changes it tells of; `at` is when it was made, `due` when it is tried
next; `fault` says what the last attempt met, and nothing of a person.
"""
Index("uq_message_publish", message.c.epoch, message.c.seq, message.c.attendee_id, unique=True)
Index("ix_message_state", message.c.state, message.c.due)
