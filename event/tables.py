"""Every table, as plain as both databases allow: integers, text and bytes.

Moments are UTC seconds, days ISO 8601, flags 0 and 1; what has a shape (translations, lists) is
canonical JSON in a text column. Each published table has a copy named `public_…` that holds exactly
what the last publish made public; `sync.publish` alone writes those. A column marked `local` is
public but not part of the feed that phones replay.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
LOCAL = {"local": True}


def _id() -> Column[int]:
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True,
                  autoincrement=False)  # fmt: skip


def _text(name: str, *, info: dict[str, bool] | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="", info=info or {})


def _json(name: str, default: str = "{}") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default, info={"json": True})


def _moment(name: str, *, null: bool = False, info: dict[str, bool] | None = None) -> Column[int]:
    return Column(name, BigInteger, nullable=null, info=info or {})


def _number(
    name: str, *, default: int | None = None, info: dict[str, bool] | None = None
) -> Column[int]:
    return Column(
        name,
        BigInteger,
        nullable=default is None,
        server_default=None if default is None else str(default),
        info=info or {},
    )


def _ref(name: str, target: str, *, null: bool = True, delete: str | None = None) -> Column[int]:
    return Column(
        name, BigInteger, ForeignKey(f"{target}.id", ondelete=delete), nullable=null, index=True
    )


event = Table(
    "event",
    metadata,
    _id(),
    _text("uuid"),
    _text("acronym"),
    _json("title"),
    _json("subtitle"),
    _json("description"),
    _json("notice"),
    _json("hosts"),
    _text("url"),
    _text("timezone"),
    _text("starts_on"),
    _text("ends_on"),
    _json("languages", "[]"),
    _text("minimum_app_version"),
)

venue = Table(
    "venue",
    metadata,
    _id(),
    _json("name"),
    _text("address"),
    _text("city"),
    _text("country"),
    _text("url"),
    _number("latitude"),
    _number("longitude"),
    _json("transport"),
    _text("wifi_network"),
    _text("wifi_password"),
    _json("wifi"),
    _json("emergency"),
    _json("accessibility"),
    _number("position", default=0),
)

room = Table(
    "room",
    metadata,
    _id(),
    _text("guid", info=LOCAL),
    _ref("venue_id", "venue"),
    _json("name"),
    _json("floor"),
    _number("capacity"),
    _json("description"),
    _json("accessibility"),
    _number("position", default=0),
)

point_of_interest = Table(
    "point_of_interest",
    metadata,
    _id(),
    _ref("venue_id", "venue", null=False),
    _text("kind"),
    _json("name"),
    _json("description"),
    _json("floor"),
    _number("latitude"),
    _number("longitude"),
    _number("position", default=0),
)

media = Table(
    "media",
    metadata,
    _id(),
    _text("kind"),
    _text("sha256"),
    _text("media_type"),
    _number("bytes", default=0),
    _number("width", default=0),
    _number("height", default=0),
    _json("alt"),
    _number("priority", default=100),
    _ref("venue_id", "venue"),
    _json("floor"),
    _number("position", default=0),
    Column("content", LargeBinary),
)

track = Table(
    "track", metadata, _id(), _json("name"), _text("color"), _number("position", default=0)
)

session_type = Table("session_type", metadata, _id(), _json("name"), _number("position", default=0))

speaker = Table(
    "speaker",
    metadata,
    _id(),
    _text("guid", info=LOCAL),
    _text("source_id", info=LOCAL),
    _text("name"),
    _text("organisation"),
    _json("position"),
    _json("biography"),
    _json("links", "[]"),
    _ref("picture_id", "media"),
    _number("listed", default=1),
)

session = Table(
    "session",
    metadata,
    _id(),
    _text("guid", info=LOCAL),
    _text("source_id", info=LOCAL),
    _text("slug", info=LOCAL),
    _json("title"),
    _json("subtitle"),
    _json("abstract"),
    _ref("room_id", "room"),
    _ref("track_id", "track"),
    _ref("type_id", "session_type"),
    _moment("starts_at"),
    _moment("ends_at"),
    _json("languages", "[]"),
    _json("interpretation", "[]"),
    _json("links", "[]"),
    _json("attachments", "[]"),
    _number("capacity"),
    _json("audience", '["choice"]'),
    _json("visibility", '["public"]'),
    _text("state"),
    _json("reason"),
    _text("url"),
    _text("feedback_url"),
    _text("recording_license"),
    _number("recording_optout"),
    _number("version", default=1, info=LOCAL),
    _number("sequence", default=0, info=LOCAL),
    _moment("changed_at", null=True, info=LOCAL),
)
Index("uq_session_guid", session.c.guid, unique=True)
# What a publish asks of every session, without reading its texts.
Index(
    "ix_session_public",
    session.c.state,
    session.c.visibility,
    session.c.track_id,
    session.c.type_id,
)
Index("ix_speaker_listed", speaker.c.listed)

part = Table(
    "part",
    metadata,
    _id(),
    _text("guid", info=LOCAL),
    _ref("session_id", "session", null=False, delete="CASCADE"),
    _json("title"),
    _json("abstract"),
    _moment("starts_at"),
    _moment("ends_at"),
    _text("state"),
    _json("reason"),
)
Index("uq_part_guid", part.c.guid, unique=True)

session_speaker = Table(
    "session_speaker",
    metadata,
    Column(
        "session_id",
        BigInteger,
        ForeignKey("session.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    # 0 stands for the session itself, so that the key has no NULL in it.
    Column("part_id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "speaker_id", BigInteger, ForeignKey("speaker.id"), primary_key=True, autoincrement=False
    ),
    Column("role", Text, primary_key=True),
    _number("position", default=0),
)

announcement = Table(
    "announcement",
    metadata,
    _id(),
    _text("guid", info=LOCAL),
    _json("title"),
    _json("body"),
    _text("severity"),
    _moment("starts_at"),
    _moment("expires_at", null=True),
    _json("audience", '["everyone"]'),
)

legal_text = Table(
    "legal_text", metadata, _id(), _text("kind"), _json("title"), _json("body"), _text("version")
)

AGENDA = (
    event, venue, room, point_of_interest, media, track, session_type, speaker, session, part,
    session_speaker, announcement, legal_text,
)  # fmt: skip
"""What an agenda consists of; a table stands after those it refers to."""

_PRIVATE_COLUMNS = {"content", "visibility", "listed"}


def _public(table: Table) -> Table:
    """Return the published copy of a table: same columns less the private ones, no references."""
    columns: list[Column[object]] = [
        Column(
            column.name,
            column.type,
            primary_key=column.primary_key,
            autoincrement=False,
            nullable=column.nullable,
            info=column.info,
        )
        for column in table.columns
        if column.name not in _PRIVATE_COLUMNS
    ]
    return Table(f"public_{table.name}", metadata, *columns)


PUBLIC = {table.name: _public(table) for table in AGENDA}

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
    Column(
        "number",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
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
)

token = Table(
    "token",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
