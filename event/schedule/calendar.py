"""Somebody's schedule as a calendar: sessions, and meetings beside them."""

from dataclasses import replace

from event.agenda.model import Agenda, Session, State
from event.formats.icalendar.write import write
from event.schedule.appointments import Appointment
from event.schedule.meetings import Answer
from event.schedule.schedule import Entry, Schedule
from event.schedule.seats import Seat
from event.text import Text
from event.times import from_seconds

_MEETING: Text = {"en": "Meeting", "pl": "Spotkanie"}
_TABLE: Text = {"en": "Table", "pl": "Stolik"}


def calendar(agenda: Agenda, schedule: Schedule, *, language: str | None) -> bytes:
    """Return a schedule as iCalendar (RFC 5545), the same bytes for the same schedule.

    What is cancelled stays and says so; what one only waits for, or has not answered, is tentative;
    a meeting that was declined is left out. A UID is the session's or meeting's GUID.
    """
    sessions = tuple(_shown(entry) for entry in schedule.entries if not _is_declined(entry))
    return write(replace(agenda, sessions=sessions), language=language, public=False)


def _is_declined(entry: Entry) -> bool:
    return isinstance(entry.of, Appointment) and entry.of.answer is Answer.DECLINED


def _shown(entry: Entry) -> Session:
    """Return an entry as a session; whatever is confirmed is so only when it is sure."""
    of = entry.of
    if isinstance(of, Session):
        is_hoped = entry.booking is not None and entry.booking.state is not Seat.BOOKED
        is_sure, shown = not (is_hoped and entry.why == ("booking",)), of
    else:
        is_sure, shown = of.answer is Answer.ACCEPTED, _as_session(of)
    if shown.state is State.CONFIRMED and not is_sure:
        return replace(shown, state=State.TENTATIVE)
    return shown


def _as_session(meeting: Appointment) -> Session:
    names = "\n".join(guest.name for guest in meeting.others if guest.name)
    tables = {tag: f"{word} {meeting.place}" for tag, word in _TABLE.items() if meeting.place}
    return Session(
        id=meeting.id,
        guid=meeting.guid,
        title=meeting.title or _MEETING,
        subtitle=tables,
        abstract={"": names} if names else {},
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        room_id=meeting.room_id,
        state=meeting.state,
        reason=meeting.reason,
        sequence=meeting.sequence,
        changed_at=from_seconds(meeting.changed_at),
    )
