"""What the database knows beside the agenda that an edit of it may clash with."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, union

from event.agenda.clashes import Engagement, Known
from event.agenda.model import State
from event.door.known import BOOKED
from event.people.model import Status
from event.schedule.meetings import Answer
from event.tables import attendee, booking, gate, meeting, meeting_guest, session_speaker, speaking
from event.tables.many import among
from event.times import from_seconds


def known(db: Connection, about: Collection[int]) -> Known:
    """Return what clashes of sessions depend on.

    Who has a seat there and all their other seats and meetings, likewise of who speaks or meets
    there; when the sessions' gates are open; and how many come, by category.
    """
    sessions = {"sessions": list(about)}
    people = {"people": list(db.execute(_PEOPLE, sessions).scalars())}
    booked: dict[int, set[int]] = defaultdict(set)
    for session_id, attendee_id in db.execute(_BOOKED, people):
        booked[session_id].add(attendee_id)
    guests: dict[int, set[int]] = defaultdict(set)
    rows = {row.id: row for row in db.execute(_MEETINGS, people)}
    for meeting_id, attendee_id in db.execute(_GUESTS, people):
        guests[meeting_id].add(attendee_id)
    engagements = tuple(
        Engagement(
            attendees=frozenset(guests[number]),
            starts_at=from_seconds(row.starts_at),
            length=timedelta(minutes=row.minutes),
            room_id=row.room_id,
            session_id=row.session_id,
            after=timedelta(seconds=row.after),
        )
        for number, row in rows.items()
    )
    hours: dict[int, tuple[datetime | None, datetime | None]] = {}
    for session_id, *window in db.execute(_HOURS, sessions):
        opens, closes = (None if moment is None else from_seconds(moment) for moment in window)
        hours[session_id] = (opens, closes)
    return Known(
        booked={session: frozenset(who) for session, who in booked.items()},
        speaking={row.speaker_id: row.attendee_id for row in db.execute(select(speaking))},
        engagements=engagements,
        hours=hours,
        coming={row.category: row.people for row in db.execute(_COMING)},
    )


_COMING = (
    select(attendee.c.category, func.count().label("people"))
    .where(attendee.c.status == str(Status.REGISTERED))
    .group_by(attendee.c.category)
)
_GOING = meeting_guest.c.answer != str(Answer.DECLINED)
_HAS_SEAT = booking.c.state == BOOKED
_PEOPLE = union(
    select(booking.c.attendee_id).where(_HAS_SEAT, among(booking.c.session_id, "sessions")),
    select(speaking.c.attendee_id)
    .join(session_speaker, session_speaker.c.speaker_id == speaking.c.speaker_id)
    .where(among(session_speaker.c.session_id, "sessions")),
    select(meeting_guest.c.attendee_id)
    .join(meeting, meeting.c.id == meeting_guest.c.meeting_id)
    .where(among(meeting.c.session_id, "sessions"), _GOING),
)
_BOOKED = select(booking.c.session_id, booking.c.attendee_id).where(
    _HAS_SEAT, among(booking.c.attendee_id, "people")
)
_GUESTS = (
    select(meeting_guest.c.meeting_id, meeting_guest.c.attendee_id)
    .join(meeting, meeting.c.id == meeting_guest.c.meeting_id)
    .where(among(meeting_guest.c.attendee_id, "people"), _GOING)
    .where(meeting.c.state != str(State.CANCELLED))
)
_MEETINGS = select(meeting).where(
    meeting.c.state != str(State.CANCELLED),
    meeting.c.id.in_(
        select(meeting_guest.c.meeting_id).where(among(meeting_guest.c.attendee_id, "people"))
    ),
)
# Who cannot get in by one of a session's gates is outside as well.
_HOURS = (
    select(gate.c.session_id, func.max(gate.c.opens_at), func.min(gate.c.closes_at))
    .where(among(gate.c.session_id, "sessions"))
    .group_by(gate.c.session_id)
)
