"""How long what is known of people is kept: one table of purposes, and what ends each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import BigInteger, Connection, UpdateBase, bindparam, delete, select, update

from event import tables
from event.database import take_turns
from event.people.attendees import everyone, store
from event.people.consents import answers_to
from event.people.model import Attendee, guid_of
from event.people.tokens import ROLES
from event.schedule.answers import forget_due
from event.tables import (
    attendee,
    bookmark,
    change,
    consent,
    device,
    directory,
    enrolment,
    feedback,
    incident,
    meeting,
    meeting_guest,
    message,
    need,
    outbox_item,
    party,
    publish,
    quarantined_item,
    reissue,
    scan,
    seen,
    share,
    speaking,
    token,
    watch,
)
from event.times import day_bounds, to_seconds, zone

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why something is kept, for how many days after the last event day, and what ends it.

    `end` takes the moment, in UTC seconds, since when nothing may be older, and returns how many
    rows it changed or deleted; what was added later is kept longer.
    """

    name: str
    days: int
    end: Callable[[Connection, int], int]


def purge(db: Connection, at: int, keep: Mapping[str, int] | None = None) -> dict[str, int]:
    """End what has been kept long enough; return the rows by purpose, of those that are due.

    What people answered when they booked has a day of its own, which may be before the last one.
    `keep` gives purposes other numbers of days. Doing it again ends nothing more.
    """
    answers = forget_due(db, at=at)
    ended = {"answers": answers} if answers else {}
    last = _last_moment(db)
    if last is None:
        return ended
    days = {purpose: (keep or {}).get(purpose.name, purpose.days) for purpose in PURPOSES}
    limits = {purpose: at - count * DAY for purpose, count in days.items()}
    due = [purpose for purpose, limit in limits.items() if last <= limit]
    if due:
        take_turns(db)
    return ended | {purpose.name: purpose.end(db, limits[purpose]) for purpose in due}


def _last_moment(db: Connection) -> int | None:
    """Return when the last event day ends, None without an event."""
    row = db.execute(select(tables.event.c.ends_on, tables.event.c.timezone)).first()
    if row is None:
        return None
    _, end = day_bounds(date.fromisoformat(row.ends_on), zone(row.timezone))
    return to_seconds(end)


def _statements(*statements: UpdateBase) -> Callable[[Connection, int], int]:
    """Return what executes statements that have `before`, and in milliseconds `before_ms`."""

    def end(db: Connection, before: int) -> int:
        moments = {"before": before, "before_ms": before * 1000}
        return sum(db.execute(statement, moments).rowcount for statement in statements)

    return end


def _end_contact(db: Connection, before: int) -> int:
    """Forget how to reach those who did not agree to be written to, and parties' contacts."""
    agreed = answers_to(db, "contact")
    people = {
        person: replace(person, email=person.email if agreed.get(person.id) else "", note="")
        for person in everyone(db, before=before)
    }
    return _stored(db, people) + _statements(*_CONTACTS)(db, before)


def _end_names(db: Connection, before: int) -> int:
    """Make attendees numbers: category, status, days and party still count."""
    people = {
        person: Attendee(
            source="", guid=guid_of(""), **{name: getattr(person, name) for name in _COUNTED}
        )
        for person in everyone(db, before=before)
        if person.source  # an anonymous one has none
    }
    return _stored(db, people) + _statements(*_RECORDS)(db, before)


def _stored(db: Connection, people: Mapping[Attendee, Attendee]) -> int:
    changed = [new for old, new in people.items() if new != old]
    for person in changed:
        store(db, person, at=person.changed_at)
    return len(changed)


_COUNTED = ("id", "category", "status", "party_id", "replaces_id", "days", "version", "holder",
            "phone", "paper", "registered_at", "changed_at")  # fmt: skip
_BEFORE = bindparam("before", type_=BigInteger)
_BEFORE_MS = bindparam("before_ms", type_=BigInteger)
_OLDER = select(attendee.c.id).where(attendee.c.registered_at < _BEFORE)
_CONTACTS = (
    update(party)
    .where(party.c.created_at < _BEFORE, party.c.contact_name + party.c.contact_email != "")
    .values(contact_name="", contact_email=""),
    delete(directory).where(directory.c.attendee_id.in_(_OLDER)),
    delete(meeting_guest).where(
        meeting_guest.c.meeting_id.in_(select(meeting.c.id).where(meeting.c.changed_at < _BEFORE))
    ),
    update(meeting)
    .where(meeting.c.changed_at < _BEFORE, meeting.c.title + meeting.c.place != "")
    .values(title="", place=""),
)
_RECORDS = (
    delete(consent).where(consent.c.at < _BEFORE),
    delete(speaking).where(speaking.c.attendee_id.in_(_OLDER)),
    update(party).where(party.c.created_at < _BEFORE, party.c.name != "").values(name=""),
    update(token).where(token.c.created_at < _BEFORE, token.c.label != "").values(label=""),
    # Who did something becomes what they were: helpdesk/Jan becomes helpdesk/.
    *(
        update(column.table)
        .where(moment < limit, column.like(f"{role}/_%"))
        .values({column.name: f"{role}/"})
        for column, moment, limit in (
            (reissue.c.by, reissue.c.at, _BEFORE),
            (change.c.by, change.c.at, _BEFORE),
            (publish.c.by, publish.c.at, _BEFORE),
            (incident.c.resolved_by, incident.c.at, _BEFORE_MS),
        )
        for role in ROLES
    ),
)

PURPOSES = (
    Purpose("needs", 7, _statements(delete(need).where(need.c.attendee_id.in_(_OLDER)))),
    Purpose(
        "phones",
        30,
        _statements(
            delete(watch).where(watch.c.asked_at < _BEFORE),
            delete(share).where(share.c.created_at < _BEFORE),
            # With their tokens.
            delete(device).where(device.c.enrolled_at < _BEFORE),
            delete(enrolment).where(enrolment.c.created_at < _BEFORE),
        ),
    ),
    Purpose("contact", 90, _end_contact),
    Purpose(
        "sent",
        90,
        _statements(
            delete(outbox_item).where(outbox_item.c.received_at < _BEFORE_MS),
            delete(quarantined_item).where(quarantined_item.c.received_at < _BEFORE_MS),
            delete(seen).where(seen.c.epoch < _BEFORE),
            delete(message).where(message.c.at < _BEFORE),
            delete(bookmark).where(bookmark.c.t_est < _BEFORE_MS),
            delete(feedback).where(feedback.c.t_est < _BEFORE_MS),
            update(scan).where(scan.c.received_at < _BEFORE_MS, scan.c.note != "").values(note=""),
        ),
    ),
    Purpose("names", 365, _end_names),
)
"""The whole table; docs/privacy.md says the same in words, column by column."""
