"""A schedule as a link shows it to others: what its owner chose to show, and nothing beside it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from event.agenda.model import Agenda
from event.schedule.appointments import Appointment
from event.schedule.calendar import MEETING
from event.schedule.meetings import Answer
from event.schedule.schedule import Entry, Mine, Schedule, schedule_of

SECTIONS = ("everyone", "category", "bookmark", "booking", "meeting", "speaking")
"""What can be shown: why an entry stands in a schedule."""


def shared_schedule(
    mine: Mine, sections: Collection[str], *, agenda: Agenda, at: datetime
) -> Schedule:
    """Return of somebody's schedule what stands there for these reasons, of the published agenda.

    Of a meeting it tells when and where, not what it is called nor who comes; its id is a number
    within this answer. What only some may know of is never in it, nor is a meeting that was
    declined. Clashes are those between entries that are shown.
    """
    whole = schedule_of(
        _shown(mine, sections),
        sessions=agenda.sessions,
        rooms=agenda.rooms,
        venues=agenda.venues,
        at=at,
    )
    entries = [entry for entry in whole.entries if set(entry.why) & set(sections)]
    keys = {entry.key for entry in entries}
    return Schedule(tuple(_narrowed(entry, sections, keys) for entry in entries), None)


def _shown(mine: Mine, sections: Collection[str]) -> Mine:
    """Leave out of what is somebody's own all that is not shown."""
    met = [meeting for meeting in mine.meetings if meeting.answer is not Answer.DECLINED]
    return Mine(
        category=mine.category if "category" in sections else "",
        speakers=mine.speakers if "speaking" in sections else frozenset(),
        bookmarks=mine.bookmarks if "bookmark" in sections else frozenset(),
        bookings=mine.bookings if "booking" in sections else {},
        meetings=[_nameless(number, one) for number, one in enumerate(met, start=1)]
        if "meeting" in sections
        else (),
    )


def _nameless(number: int, meeting: Appointment) -> Appointment:
    return replace(meeting, id=number, title=MEETING, others=(), guid="")


def _narrowed(entry: Entry, sections: Collection[str], keys: Collection[object]) -> Entry:
    """Say of an entry only why it is shown, and which others that are shown it clashes with."""
    return replace(
        entry,
        why=tuple(reason for reason in entry.why if reason in sections),
        clashes=tuple(clash for clash in entry.clashes if clash.key in keys),
    )
