"""The agenda's tables, and of each a copy that holds exactly what the last publish made public.

The copies are named `public_…`; `sync.publish` alone writes them. A column marked `local` is public
but not part of the feed that phones replay.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from event.tables.columns import json, metadata, moment, number, own_id, reference, words

LOCAL = {"local": True}

event = Table(
    "event",
    metadata,
    own_id(),
    words("uuid"),
    words("acronym"),
    json("title"),
    json("subtitle"),
    json("description"),
    json("notice"),
    json("hosts"),
    words("url"),
    words("timezone"),
    words("starts_on"),
    words("ends_on"),
    json("languages", "[]"),
    words("minimum_app_version"),
)

venue = Table(
    "venue",
    metadata,
    own_id(),
    json("name"),
    words("address"),
    words("city"),
    words("country"),
    words("url"),
    number("latitude"),
    number("longitude"),
    json("transport"),
    words("wifi_network"),
    words("wifi_password"),
    json("wifi"),
    json("emergency"),
    json("accessibility"),
    number("position", default=0),
)

room = Table(
    "room",
    metadata,
    own_id(),
    words("guid", info=LOCAL),
    reference("venue_id", "venue"),
    json("name"),
    json("floor"),
    number("capacity"),
    json("description"),
    json("accessibility"),
    number("position", default=0),
)

point_of_interest = Table(
    "point_of_interest",
    metadata,
    own_id(),
    reference("venue_id", "venue", null=False),
    words("kind"),
    json("name"),
    json("description"),
    json("floor"),
    number("latitude"),
    number("longitude"),
    number("position", default=0),
)

media = Table(
    "media",
    metadata,
    own_id(),
    words("kind"),
    words("sha256"),
    words("media_type"),
    number("bytes", default=0),
    number("width", default=0),
    number("height", default=0),
    json("alt"),
    number("priority", default=100),
    reference("venue_id", "venue"),
    json("floor"),
    number("position", default=0),
    Column("content", LargeBinary),
)

track = Table(
    "track", metadata, own_id(), json("name"), words("color"), number("position", default=0)
)

session_type = Table(
    "session_type", metadata, own_id(), json("name"), number("position", default=0)
)

speaker = Table(
    "speaker",
    metadata,
    own_id(),
    words("guid", info=LOCAL),
    words("source_id", info=LOCAL),
    words("name"),
    words("organisation"),
    json("position"),
    json("biography"),
    json("links", "[]"),
    reference("picture_id", "media"),
    number("listed", default=1),
)

session = Table(
    "session",
    metadata,
    own_id(),
    words("guid", info=LOCAL),
    words("source_id", info=LOCAL),
    words("slug", info=LOCAL),
    json("title"),
    json("subtitle"),
    json("abstract"),
    reference("room_id", "room"),
    reference("track_id", "track"),
    reference("type_id", "session_type"),
    moment("starts_at"),
    moment("ends_at"),
    json("languages", "[]"),
    json("interpretation", "[]"),
    json("links", "[]"),
    json("attachments", "[]"),
    number("capacity"),
    json("audience", '["choice"]'),
    json("visibility", '["public"]'),
    words("state"),
    json("reason"),
    words("url"),
    words("feedback_url"),
    words("recording_license"),
    number("recording_optout"),
    number("version", default=1, info=LOCAL),
    number("sequence", default=0, info=LOCAL),
    moment("changed_at", null=True, info=LOCAL),
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
    own_id(),
    words("guid", info=LOCAL),
    reference("session_id", "session", null=False, delete="CASCADE"),
    json("title"),
    json("abstract"),
    moment("starts_at"),
    moment("ends_at"),
    words("state"),
    json("reason"),
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
    number("position", default=0),
)

announcement = Table(
    "announcement",
    metadata,
    own_id(),
    words("guid", info=LOCAL),
    json("title"),
    json("body"),
    words("severity"),
    moment("starts_at"),
    moment("expires_at", null=True),
    json("audience", '["everyone"]'),
)

legal_text = Table(
    "legal_text", metadata, own_id(), words("kind"), json("title"), json("body"), words("version")
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
