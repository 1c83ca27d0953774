"""The agenda and its publishing."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "announcement",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="{}", nullable=False),
        sa.Column("body", sa.Text(), server_default="{}", nullable=False),
        sa.Column("severity", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("audience", sa.Text(), server_default='["everyone"]', nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_table(
        "change",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", "seq", "number", name=op.f("pk_change")),
    )
    op.create_table(
        "clock",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("next_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_clock")),
    )
    op.create_table(
        "event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("uuid", sa.Text(), server_default="", nullable=False),
        sa.Column("acronym", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="{}", nullable=False),
        sa.Column("subtitle", sa.Text(), server_default="{}", nullable=False),
        sa.Column("description", sa.Text(), server_default="{}", nullable=False),
        sa.Column("notice", sa.Text(), server_default="{}", nullable=False),
        sa.Column("hosts", sa.Text(), server_default="{}", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_on", sa.Text(), server_default="", nullable=False),
        sa.Column("ends_on", sa.Text(), server_default="", nullable=False),
        sa.Column("languages", sa.Text(), server_default="[]", nullable=False),
        sa.Column("minimum_app_version", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_table(
        "legal_text",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="{}", nullable=False),
        sa.Column("body", sa.Text(), server_default="{}", nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_text")),
    )
    op.create_table(
        "public_announcement",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("severity", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("audience", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_announcement")),
    )
    op.create_table(
        "public_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("uuid", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("acronym", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("subtitle", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("description", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("notice", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("hosts", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("timezone", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("starts_on", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("ends_on", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("languages", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("minimum_app_version", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_event")),
    )
    op.create_table(
        "public_legal_text",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_legal_text")),
    )
    op.create_table(
        "public_media",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("media_type", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("bytes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("width", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("height", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alt", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("priority", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("venue_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("floor", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_media")),
    )
    op.create_table(
        "public_part",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("abstract", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ends_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_part")),
    )
    op.create_table(
        "public_point_of_interest",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("venue_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("description", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("floor", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("latitude", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("longitude", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_point_of_interest")),
    )
    op.create_table(
        "public_room",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("venue_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("floor", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("capacity", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("description", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("accessibility", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_room")),
    )
    op.create_table(
        "public_session",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("subtitle", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("abstract", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("room_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("track_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("type_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("starts_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ends_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("languages", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("interpretation", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("links", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("attachments", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("capacity", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("audience", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("feedback_url", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("recording_license", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("recording_optout", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_session")),
    )
    op.create_table(
        "public_session_speaker",
        sa.Column("session_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("speaker_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "session_id", "part_id", "speaker_id", "role", name=op.f("pk_public_session_speaker")
        ),
    )
    op.create_table(
        "public_session_type",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_session_type")),
    )
    op.create_table(
        "public_speaker",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("biography", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("links", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("picture_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_speaker")),
    )
    op.create_table(
        "public_track",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("color", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_track")),
    )
    op.create_table(
        "public_venue",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("city", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("country", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("latitude", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("longitude", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("transport", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("wifi_network", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("wifi_password", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("wifi", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("emergency", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("accessibility", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_venue")),
    )
    op.create_table(
        "publish",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ops", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", "seq", name=op.f("pk_publish")),
    )
    op.create_table(
        "session_type",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), server_default="{}", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_type")),
    )
    op.create_table(
        "token",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_token")),
    )
    op.create_table(
        "track",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), server_default="{}", nullable=False),
        sa.Column("color", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track")),
    )
    op.create_table(
        "venue",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), server_default="{}", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("latitude", sa.BigInteger(), nullable=True),
        sa.Column("longitude", sa.BigInteger(), nullable=True),
        sa.Column("transport", sa.Text(), server_default="{}", nullable=False),
        sa.Column("wifi_network", sa.Text(), server_default="", nullable=False),
        sa.Column("wifi_password", sa.Text(), server_default="", nullable=False),
        sa.Column("wifi", sa.Text(), server_default="{}", nullable=False),
        sa.Column("emergency", sa.Text(), server_default="{}", nullable=False),
        sa.Column("accessibility", sa.Text(), server_default="{}", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
    )
    op.create_table(
        "media",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("width", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("height", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("alt", sa.Text(), server_default="{}", nullable=False),
        sa.Column("priority", sa.BigInteger(), server_default="100", nullable=False),
        sa.Column("venue_id", sa.BigInteger(), nullable=True),
        sa.Column("floor", sa.Text(), server_default="{}", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_media_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_venue_id"), ["venue_id"], unique=False)

    op.create_table(
        "point_of_interest",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("venue_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="{}", nullable=False),
        sa.Column("description", sa.Text(), server_default="{}", nullable=False),
        sa.Column("floor", sa.Text(), server_default="{}", nullable=False),
        sa.Column("latitude", sa.BigInteger(), nullable=True),
        sa.Column("longitude", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venue.id"], name=op.f("fk_point_of_interest_venue_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_of_interest")),
    )
    with op.batch_alter_table("point_of_interest", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_point_of_interest_venue_id"), ["venue_id"], unique=False
        )

    op.create_table(
        "room",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), server_default="", nullable=False),
        sa.Column("venue_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), server_default="{}", nullable=False),
        sa.Column("floor", sa.Text(), server_default="{}", nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column("description", sa.Text(), server_default="{}", nullable=False),
        sa.Column("accessibility", sa.Text(), server_default="{}", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_room_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_venue_id"), ["venue_id"], unique=False)

    op.create_table(
        "session",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), server_default="", nullable=False),
        sa.Column("source_id", sa.Text(), server_default="", nullable=False),
        sa.Column("slug", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="{}", nullable=False),
        sa.Column("subtitle", sa.Text(), server_default="{}", nullable=False),
        sa.Column("abstract", sa.Text(), server_default="{}", nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("track_id", sa.BigInteger(), nullable=True),
        sa.Column("type_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("languages", sa.Text(), server_default="[]", nullable=False),
        sa.Column("interpretation", sa.Text(), server_default="[]", nullable=False),
        sa.Column("links", sa.Text(), server_default="[]", nullable=False),
        sa.Column("attachments", sa.Text(), server_default="[]", nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column("audience", sa.Text(), server_default='["choice"]', nullable=False),
        sa.Column("visibility", sa.Text(), server_default='["public"]', nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="{}", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("feedback_url", sa.Text(), server_default="", nullable=False),
        sa.Column("recording_license", sa.Text(), server_default="", nullable=False),
        sa.Column("recording_optout", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_session_room_id")),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_session_track_id")),
        sa.ForeignKeyConstraint(["type_id"], ["session_type.id"], name=op.f("fk_session_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_room_id"), ["room_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_track_id"), ["track_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_type_id"), ["type_id"], unique=False)
        batch_op.create_index("uq_session_guid", ["guid"], unique=True)

    op.create_table(
        "speaker",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), server_default="", nullable=False),
        sa.Column("source_id", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("organisation", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.Text(), server_default="{}", nullable=False),
        sa.Column("biography", sa.Text(), server_default="{}", nullable=False),
        sa.Column("links", sa.Text(), server_default="[]", nullable=False),
        sa.Column("picture_id", sa.BigInteger(), nullable=True),
        sa.Column("listed", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["picture_id"], ["media.id"], name=op.f("fk_speaker_picture_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speaker")),
    )
    with op.batch_alter_table("speaker", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_speaker_picture_id"), ["picture_id"], unique=False)

    op.create_table(
        "part",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("guid", sa.Text(), server_default="", nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), server_default="{}", nullable=False),
        sa.Column("abstract", sa.Text(), server_default="{}", nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_part_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part")),
    )
    with op.batch_alter_table("part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_part_session_id"), ["session_id"], unique=False)
        batch_op.create_index("uq_part_guid", ["guid"], unique=True)

    op.create_table(
        "session_speaker",
        sa.Column("session_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("speaker_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_session_speaker_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("fk_session_speaker_speaker_id")
        ),
        sa.PrimaryKeyConstraint(
            "session_id", "part_id", "speaker_id", "role", name=op.f("pk_session_speaker")
        ),
    )
    op.create_index("ix_session_public", "session", ["state", "visibility", "track_id", "type_id"])
    op.create_index("ix_speaker_listed", "speaker", ["listed"])
    op.execute(
        "INSERT INTO clock (feed, epoch, seq, state, modified, next_id) "
        "VALUES ('public', 0, 0, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 0, 1)"
    )
