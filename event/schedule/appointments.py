"""Appointments: meetings as each of their guests has them, and what a guest answers."""

import dataclasses
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, update

from event.agenda.model import State
from event.errors import Conflict, Invalid, NotFound
from event.schedule.meetings import Answer, Guest, Meeting, find_meeting, meetings
from event.tables import meeting_guest
from event.text import Text
from event.times import from_seconds


@dataclass(frozen=True, slots=True)
class Appointment:
    """A meeting as one of its guests has it; `others` are the rest of them.

    With a session it begins `after` so many seconds of its start.
    """

    id: int
    title: Text
    place: str
    room_id: int | None
    session_id: int | None
    starts_at: datetime
    ends_at: datetime
    state: State
    reason: Text
    answer: Answer
    proposed_at: int | None
    others: tuple[Guest, ...]
    guid: str
    version: int
    sequence: int
    changed_at: int
    after: int = 0


def answer(
    db: Connection,
    number: int,
    attendee_id: int,
    said: Answer,
    *,
    proposed_at: int | None = None,
    at: int,
) -> Appointment:
    """Take a guest's answer, and return the meeting as they have it; again is harmless.

    Raises NotFound, Conflict when the meeting is cancelled, Invalid.
    """
    if said is Answer.INVITED or (said is Answer.PROPOSED) is (proposed_at is None):
        raise Invalid("Accept, decline, or propose a time (proposed_at).")
    found = appointment(db, number, attendee_id)
    if found.state is State.CANCELLED:
        raise Conflict("This meeting is cancelled; nothing is to be answered.")
    row = {"meeting": number, "who": attendee_id, "said": said, "moment": at}
    db.execute(_ANSWER, row | {"proposal": proposed_at})
    return appointment(db, number, attendee_id)


def appointments(db: Connection, attendee_id: int) -> list[Appointment]:
    """Return the meetings of an attendee, in time order."""
    return [_appointment(found, attendee_id) for found in meetings(db, of=attendee_id)]


def appointment(db: Connection, number: int, attendee_id: int) -> Appointment:
    """Return a meeting as one of its guests has it. Raises NotFound, for others' meetings too."""
    with suppress(NotFound):
        found = find_meeting(db, number)
        if any(guest.attendee_id == attendee_id for guest in found.guests):
            return _appointment(found, attendee_id)
    raise NotFound("You have no such meeting.")


def _appointment(found: Meeting, attendee_id: int) -> Appointment:
    (own,) = (guest for guest in found.guests if guest.attendee_id == attendee_id)
    names = {field.name for field in dataclasses.fields(Appointment)}
    same = names & {field.name for field in dataclasses.fields(Meeting)}
    starts_at = from_seconds(found.starts_at)
    values = {name: getattr(found, name) for name in same} | {
        "title": {"en": found.title} if found.title else {},
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=found.minutes),
        "answer": own.answer,
        "proposed_at": own.proposed_at,
        "others": tuple(guest for guest in found.guests if guest is not own),
    }
    return Appointment(**values)


_ANSWER = (
    update(meeting_guest)
    .where(
        meeting_guest.c.meeting_id == bindparam("meeting"),
        meeting_guest.c.attendee_id == bindparam("who"),
    )
    .values(
        answer=bindparam("said"), proposed_at=bindparam("proposal"), answered_at=bindparam("moment")
    )
)
