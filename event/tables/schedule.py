"""A schedule's tables: what each person chose, was given and agreed to; none of it is in a feed.

A register is what somebody's phones say of one thing: the word with the greatest `(t_est, item)`
counts, whatever the order in which words arrive. `t_est` is in milliseconds, all else in seconds.
`booking` stands beside the door that reads it.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from event.tables.columns import counted, json, metadata, moment, number, reference, words


def _key(name: str, target: str) -> Column[int]:
    return Column(
        name,
        BigInteger,
        ForeignKey(f"{target}.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


bookmark = Table(
    "bookmark",
    metadata,
    _key("attendee_id", "attendee"),
    _key("session_id", "session"),
    number("marked", default=1),
    moment("t_est"),
    words("item"),
)
"""Stars, as registers; one that was taken away stays as a word with `marked` 0."""
Index("ix_bookmark_session_id", bookmark.c.session_id)

booking_rule = Table(
    "booking_rule",
    metadata,
    _key("session_id", "session"),
    number("places"),
    moment("opens_at", null=True),
    moment("closes_at", null=True),
    number("waitlist", default=1),
    number("offer_seconds", default=0),
    number("release_after"),
    json("questions", "[]"),
    moment("paused_at", null=True),
    number("paused", default=0),
    moment("released_at", null=True),
)
"""How a session with limited places is booked; without `places` its capacity counts.

`release_after` are minutes after the start. Since `paused_at` its timers stand still; `paused` are
the seconds for which they did so since the start. No-shows were released at `released_at`.
"""

booking_answer = Table(
    "booking_answer",
    metadata,
    _key("session_id", "session"),
    _key("attendee_id", "attendee"),
    Column("question", Text, primary_key=True),
    words("value"),
    moment("delete_at"),
)
"""What somebody answered to a booking's questions; each ends by itself at `delete_at`."""
Index("ix_booking_answer_attendee_id", booking_answer.c.attendee_id)

meeting = Table(
    "meeting",
    metadata,
    counted(),
    words("guid"),
    words("title"),
    words("place"),
    reference("room_id", "room", delete="SET NULL"),
    reference("session_id", "session", delete="SET NULL"),
    number("after", default=0),
    moment("starts_at"),
    number("minutes", default=30),
    words("state"),
    number("version", default=1),
    number("sequence", default=0),
    moment("changed_at"),
    sqlite_autoincrement=True,
)
"""Who meets whom is in `meeting_guest`; `place` is a table's name.

With a session it begins `after` so many seconds of it, wherever that moves; `starts_at` is then
only what counts when the session is gone.
"""
Index("uq_meeting_guid", meeting.c.guid, unique=True)

meeting_guest = Table(
    "meeting_guest",
    metadata,
    _key("meeting_id", "meeting"),
    _key("attendee_id", "attendee"),
    words("answer"),
    moment("proposed_at", null=True),
    moment("answered_at", null=True),
)
"""Who is asked to a meeting, what they answered, and the time they would rather have."""
Index("ix_meeting_guest_attendee_id", meeting_guest.c.attendee_id)

speaking = Table(
    "speaking",
    metadata,
    _key("speaker_id", "speaker"),
    reference("attendee_id", "attendee", null=False, delete="CASCADE"),
)
"""Which attendee is which speaker, so that what they speak in stands in their schedule."""

share = Table(
    "share",
    metadata,
    counted(),
    words("sha256"),
    reference("attendee_id", "attendee", null=False, delete="CASCADE"),
    words("kind"),
    json("sections", "[]"),
    number("named", default=0),
    words("label"),
    moment("created_at"),
    moment("expires_at", null=True),
    moment("revoked_at", null=True),
    sqlite_autoincrement=True,
)
"""Links by which others read a schedule, or a calendar follows it; only a hash of each is kept."""
Index("uq_share_sha256", share.c.sha256, unique=True)

directory = Table(
    "directory",
    metadata,
    _key("attendee_id", "attendee"),
    json("fields", "[]"),
    words("about"),
)
"""What those who agreed to be found chose to show of themselves."""

feedback = Table(
    "feedback",
    metadata,
    _key("session_id", "session"),
    _key("attendee_id", "attendee"),
    number("rating", default=0),
    words("text"),
    moment("t_est"),
    words("item"),
)
"""What somebody thinks of a session, one to five, as a register."""
Index("ix_feedback_attendee_id", feedback.c.attendee_id)
