"""The door's tables: gates, the log of what was scanned, and what follows from it.

`scan` is only added to. `passage` and `incident` follow from it and can be made again from it.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    Index,
    Table,
    Text,
    literal_column,
)

from event.tables.columns import counted, json, metadata, moment, number, reference, words

gate = Table(
    "gate",
    metadata,
    counted(),
    words("slug"),
    json("name"),
    words("policy"),
    json("categories", "[]"),
    number("days", default=0xFFFF),
    moment("opens_at", null=True),
    moment("closes_at", null=True),
    reference("session_id", "session"),
    number("capacity"),
    number("needs_booking", default=0),
    number("departure", default=0),
    number("free_flow", default=0),
    moment("ended_at", null=True),
    number("position", default=0),
    sqlite_autoincrement=True,
)
"""Where badges are scanned; the gate of a session takes its times and capacity from there."""
Index("uq_gate_slug", gate.c.slug, unique=True)

booking = Table(
    "booking",
    metadata,
    Column(
        "session_id",
        BigInteger,
        ForeignKey("session.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column(
        "attendee_id",
        BigInteger,
        ForeignKey("attendee.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    words("state"),
    moment("at"),
    words("reason"),
    number("queued_at", default=0),
    moment("offered_until", null=True),
    number("wanted", default=1),
    number("t_est", default=0),
    words("item"),
)
"""Who has a seat in a session with limited places, or waits for one, since the second `at`.

`queued_at` is the place in the waitlist, in the server's milliseconds. `wanted`, `t_est` and `item`
are a register: what the person's phones last said (see `event/tables/schedule.py`).
"""
Index("ix_booking_attendee_id", booking.c.attendee_id)

scan = Table(
    "scan",
    metadata,
    Column("id", Text, primary_key=True),
    words("kind"),
    # No references: a scan is a fact, whatever becomes of what it names.
    number("gate_id"),
    number("holder"),
    number("medium"),
    number("generation"),
    words("fingerprint"),
    words("outcome"),
    words("reason"),
    words("via"),
    number("leaving", default=0),
    words("target"),
    words("note"),
    words("device"),
    number("online", default=0),
    number("trusted", default=0),
    moment("t"),
    moment("t_est"),
    number("skewed", default=0),
    words("late"),
    moment("received_at"),
)
"""Each reading of a code, its answer, and what was said of it afterwards; Unix milliseconds.

`target` is the scan that an undo or an answer is about. `late` is what the server found later.
"""
Index("ix_scan_holder", scan.c.holder, scan.c.gate_id)
Index(
    "ix_scan_target",
    scan.c.target,
    sqlite_where=scan.c.target != "",
    postgresql_where=scan.c.target != "",
)


def is_said(said: FromClause) -> ColumnElement[bool]:
    """Say that a scan is about another: in the very words of the index, or it is not looked at."""
    return said.c.target != literal_column("''")


Index("ix_scan_gate_id", scan.c.gate_id, scan.c.t_est)

passage = Table(
    "passage",
    metadata,
    Column("gate_id", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    number("entries", default=0),
    number("days", default=0),
    number("inside", default=0),
    moment("first_at"),
    moment("last_at"),
    words("last_device"),
)
"""Where each holder stands at each gate, as all scans together say; moments in milliseconds."""
Index("ix_passage_holder", passage.c.holder)

incident = Table(
    "incident",
    metadata,
    Column("id", Text, primary_key=True),
    words("kind"),
    words("scan_id"),
    words("other_id"),
    number("gate_id"),
    number("holder"),
    number("gap"),
    moment("at"),
    moment("resolved_at", null=True),
    words("resolved_by"),
    words("resolution"),
)
"""What an organiser should look at; `gap` is the milliseconds between two admissions."""
Index("ix_incident_holder", incident.c.holder, incident.c.gate_id)

heard = Table(
    "heard",
    metadata,
    Column(
        "device_id",
        BigInteger,
        ForeignKey("device.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    moment("at"),
    number("battery"),
    number("waiting"),
)
"""When each device was last heard; per cent of its battery and items not sent yet, if it said."""
