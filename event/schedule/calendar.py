"""Somebody's schedule as a calendar: sessions, and meetings beside them."""

from dataclasses import replace

from event.agenda.model import Agenda, Session, State
from event.formats.icalendar.write import write
from event.schedule.appointments import Appointment
from event.schedule.schedule import Entry, Schedule
from event.text import Text
from event.times import from_seconds

MEETING: Text = {"en": "Meeting", "pl": "Spotkanie"}
_TABLE: Text = {"en": "Table", "pl": "Stolik"}


def calendar(agenda: Agenda, schedule: Schedule, *, language: str | None) -> bytes:
    """Return a schedule as iCalendar (RFC 5545), the same bytes for the same schedule.

    What is cancelled stays and says so; what one only waits for, or has not answered, is tentative;
    a meeting that was declined is left out. A UID is the session's or meeting's GUID.
    """
    sessions = tuple(_shown(entry) for entry in schedule.entries if not entry.is_declined)
    return write(replace(agenda, sessions=sessions), language=language, public=False)


def _shown(entry: Entry) -> Session:
    """Return an entry as a session; whatever is confirmed is so only when it is sure."""
    shown = entry.of if isinstance(entry.of, Session) else _as_session(entry.of)
    if shown.state is State.CONFIRMED and not entry.is_sure:
        return replace(shown, state=State.TENTATIVE)
    return shown


def _as_session(meeting: Appointment) -> Session:
    names = "\n".join(guest.name for guest in meeting.others if guest.name)
    tables = {tag: f"{word} {meeting.place}" for tag, word in _TABLE.items() if meeting.place}
    return Session(
        id=meeting.id,
        guid=meeting.guid,
        title=meeting.title or MEETING,
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
