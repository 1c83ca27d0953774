"""The tables of last-minute changes: what was overwritten, what waits, what is prepared."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from event.tables.columns import counted, json, metadata, moment, number, words

overwritten = Table(
    "overwritten",
    metadata,
    counted("number"),
    Column("seq", BigInteger, nullable=False, server_default="0"),
    Column("table", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("row", Text),
    sqlite_autoincrement=True,
)
"""The agenda's rows as they were before an edit, so that a publish can be undone.

`row` holds the columns that became different, all of them when the row went, null when it came.
`seq` is 0 until its edit is published, and -1 when that changed nothing public.
"""
Index("ix_overwritten_seq", overwritten.c.seq)
Index("ix_overwritten_row", overwritten.c.table, overwritten.c.key)

edits = Table(
    "edits",
    metadata,
    Column("id", Text, primary_key=True),
    words("sha256"),
    Column("seq", BigInteger, nullable=False, server_default="0"),
    json("clashes", "[]"),
    moment("at"),
)
"""Lists of edits that were published: whoever sends one again gets the same answer.

`seq` is that of `overwritten`, or -2 of what was held and went on with later edits; the id is the
sender's, or plan/ and the plan's.
"""

hold = Table(
    "hold",
    metadata,
    counted("number"),
    words("id"),
    words("sha256"),
    moment("at"),
    moment("due"),
    words("by"),
    json("lists", "[]"),
    json("versions"),
    words("fault"),
    sqlite_autoincrement=True,
)
"""Edits that wait until they are due; `fault` says why they could not be published then."""
Index("uq_hold_id", hold.c.id, unique=True)

plan = Table(
    "plan",
    metadata,
    counted(),
    json("name"),
    json("operations", "[]"),
    json("reason"),
    json("versions"),
    moment("at"),
    words("by"),
    number("checked", default=0),
    number("stale_since"),
    sqlite_autoincrement=True,
)
"""Edits prepared for what may happen; one that was fired stands in `edits`.

After publish `checked` it was last seen whether it still fits, and it has not since `stale_since`.
"""

review = Table(
    "review",
    metadata,
    counted(),
    words("name"),
    words("timezone"),
    words("language"),
    Column("content", LargeBinary, nullable=False),
    moment("at"),
    words("by"),
    sqlite_autoincrement=True,
)
"""Agenda files whose differences wait to be accepted or refused."""
