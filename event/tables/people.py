"""People's tables: attendees and what is known of them, badges, and who may do what.

Nothing here is ever public. docs/privacy.md lists every personal column, why it is kept and how
long.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from event.tables.columns import counted, json, metadata, moment, number, reference, words

category = Table(
    "category",
    metadata,
    # One byte of a badge's code: 1 to 255, never given to another category.
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    words("slug"),
    json("name"),
    words("color"),
)
"""What kinds of attendees there are; `slug` is what audiences name."""
Index("uq_category_slug", category.c.slug, unique=True)

party = Table(
    "party",
    metadata,
    counted(),
    words("guid"),
    words("name"),
    words("contact_name"),
    words("contact_email"),
    moment("created_at"),
    sqlite_autoincrement=True,
)
"""A delegation: one contact, several attendees, whose names may come later."""
Index("uq_party_guid", party.c.guid, unique=True)

attendee = Table(
    "attendee",
    metadata,
    counted(),
    words("guid"),
    Column("external_id", Text),
    words("source"),
    words("given_name"),
    words("surname"),
    words("email"),
    words("organisation"),
    words("position"),
    words("country"),
    words("language"),
    words("category"),
    words("status"),
    reference("party_id", "party"),
    number("replaces_id"),
    words("box_slot"),
    number("days", default=0xFFFF),
    number("look_at_id", default=0),
    number("minor", default=0),
    words("note"),
    words("folded"),
    number("version", default=1),
    moment("registered_at"),
    moment("changed_at"),
    moment("status_at", null=True),
    sqlite_autoincrement=True,
)
"""People with a badge. `days` is a bitmap, bit 0 the first event day; `folded` is for search.

`status_at` is since when they are what `status` says, null if ever since they were registered.
"""
Index("uq_attendee_guid", attendee.c.guid, unique=True)
Index("uq_attendee_external_id", attendee.c.external_id, unique=True)

need = Table(
    "need",
    metadata,
    Column(
        "attendee_id",
        BigInteger,
        ForeignKey("attendee.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    words("diet"),
    words("access"),
)
"""What caterers and helpers must know: a table of its own, of which only counts are given out."""

consent = Table(
    "consent",
    metadata,
    counted(),
    reference("attendee_id", "attendee", null=False, delete="CASCADE"),
    words("purpose"),
    number("given", default=0),
    words("text_version"),
    words("language"),
    moment("at"),
    words("by"),
    sqlite_autoincrement=True,
)
"""Each answer somebody gave, yes or no; the last one counts, and none is changed."""

holder = Table(
    "holder",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    reference("attendee_id", "attendee", delete="SET NULL"),
    number("blank", default=0),
    number("phone", default=1),
    number("paper", default=1),
    moment("created_at"),
    moment("ended_at", null=True),
)
"""Whom a badge's code names, by a random number; `phone` and `paper` are the valid generations.

A blank has no attendee yet. An ended one had one who is erased: scans keep the number alone.
"""
Index("uq_holder_attendee_id", holder.c.attendee_id, unique=True)

reissue = Table(
    "reissue",
    metadata,
    Column(
        "holder", BigInteger, ForeignKey("holder.number"), primary_key=True, autoincrement=False
    ),
    Column("medium", BigInteger, primary_key=True, autoincrement=False),
    Column("generation", BigInteger, primary_key=True, autoincrement=False),
    moment("at"),
    words("by"),
)
"""When and where a badge was replaced: what the door says of the old one."""

earlier_claim = Table(
    "earlier_claim",
    metadata,
    Column(
        "holder",
        BigInteger,
        ForeignKey("holder.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("category", BigInteger, primary_key=True, autoincrement=False),
    Column("days", BigInteger, primary_key=True, autoincrement=False),
    Column("flags", BigInteger, primary_key=True, autoincrement=False),
)
"""What the codes of a holder said before a change: such a badge may be printed, and is valid."""

badge_key = Table(
    "badge_key",
    metadata,
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    words("public"),
    moment("not_before"),
    moment("not_after", null=True),
    words("status"),
)
"""The public halves of the keys that sign badges, by slot; a slot is used once."""

enrolment = Table(
    "enrolment",
    metadata,
    counted(),
    words("sha256"),
    words("role"),
    reference("attendee_id", "attendee", delete="CASCADE"),
    json("gates", "[]"),
    moment("shift_ends_at", null=True),
    words("label"),
    number("is_link", default=0),
    moment("created_at"),
    moment("expires_at", null=True),
    moment("used_at", null=True),
    moment("revoked_at", null=True),
    sqlite_autoincrement=True,
)
"""What makes a phone a device: a code that works once, or a personal link that goes on working."""
Index("uq_enrolment_sha256", enrolment.c.sha256, unique=True)

device = Table(
    "device",
    metadata,
    counted(),
    Column("uuid", Text),
    words("role"),
    words("label"),
    reference("attendee_id", "attendee", delete="CASCADE"),
    reference("enrolment_id", "enrolment", delete="SET NULL"),
    json("gates", "[]"),
    moment("shift_ends_at", null=True),
    moment("enrolled_at"),
    moment("revoked_at", null=True),
    number("stolen", default=0),
    sqlite_autoincrement=True,
)
"""Enrolled phones; `uuid` is what their outbox calls itself."""

token = Table(
    "token",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    reference("device_id", "device", delete="CASCADE"),
    moment("expires_at", null=True),
)

watch = Table(
    "watch",
    metadata,
    Column(
        "attendee_id",
        BigInteger,
        ForeignKey("attendee.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("by", Text, primary_key=True),
    moment("asked_at"),
)
"""Who wants to be told when somebody arrives."""
