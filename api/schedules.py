"""A schedule as JSON: what a phone shows, and keeps for when it has no network."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import marshmallow as ma

from api.bookings import (
    BookableSchema,
    BookingSchema,
    OwnBookingSchema,
    bookable_body,
    booking_body,
)
from api.published import Edition
from api.service import service
from api.shapes import SCHEMAS, Context, Schema, Words
from event.agenda.model import Announcement, Session, State
from event.schedule.appointments import Appointment
from event.schedule.meetings import Answer
from event.schedule.rules import Stand
from event.schedule.schedule import Entry, Key, Mine, Schedule
from event.schedule.seats import LIVE, Seat


class ClashSchema(Schema):
    """Another entry one cannot be at as well."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(["overlap", "travel"]))
    session_id = ma.fields.Integer()
    meeting_id = ma.fields.Integer()
    minutes = ma.fields.Integer(
        required=True, metadata={"description": "On foot between the venues, for travel."}
    )


class SpotSchema(Schema):
    """A room or venue."""

    id = ma.fields.Integer(required=True)
    name = Words(required=True)
    floor = Words()


class EntryPart(Schema):
    """A part of a session."""

    id = ma.fields.Integer(required=True)
    title = Words(required=True)
    starts_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(required=True)
    state = ma.fields.String(required=True)
    reason = Words(required=True)


class EntrySchema(Schema):
    """A session or a meeting, and why it stands here."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(["session", "meeting"]))
    session_id = ma.fields.Integer(
        metadata={"description": "Of a meeting the break whose time it follows, if it does."}
    )
    meeting_id = ma.fields.Integer()
    why = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={
            "description": "everyone, category, bookmark, booking, speaking, meeting; more than one"
        },
    )
    title = Words(required=True)
    starts_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "null while it is suspended."}
    )
    room = ma.fields.Nested(SpotSchema, required=True, allow_none=True)
    venue = ma.fields.Nested(SpotSchema, required=True, allow_none=True)
    state = ma.fields.String(required=True)
    reason = Words(required=True)
    public = ma.fields.Boolean(
        required=True, metadata={"description": "false: the agenda does not have it."}
    )
    clashes = ma.fields.List(ma.fields.Nested(ClashSchema), required=True)
    parts = ma.fields.List(ma.fields.Nested(EntryPart))
    begins = ma.fields.AwareDateTime(
        metadata={"description": "From when one has to be there: a speaker of parts, for those."}
    )
    finishes = ma.fields.AwareDateTime(
        metadata={"description": "Until when, as it was planned where it is suspended."}
    )
    spoken = ma.fields.Boolean(metadata={"description": "Whether somebody speaks there."})
    after = ma.fields.Integer(
        metadata={"description": "Of a meeting in a break: seconds after that begins."}
    )
    table = ma.fields.String()
    answer = ma.fields.String()
    proposed_at = ma.fields.AwareDateTime(allow_none=True)
    with_ = ma.fields.List(
        ma.fields.String(),
        data_key="with",
        metadata={"description": "Names of the other guests of a meeting."},
    )


class NextSchema(Schema):
    """Where to be next, from where one is now or was last."""

    session_id = ma.fields.Integer()
    meeting_id = ma.fields.Integer()
    leave_at = ma.fields.AwareDateTime(required=True)
    walk_minutes = ma.fields.Integer(required=True)


class ScheduleAnswer(Schema):
    """All that is somebody's own, in time order."""

    language = ma.fields.String(required=True)
    timezone = ma.fields.String(required=True)
    category = ma.fields.String(required=True)
    bookmarks = ma.fields.List(ma.fields.Integer(), required=True)
    bookings = ma.fields.List(ma.fields.Nested(OwnBookingSchema), required=True)
    ended = ma.fields.List(
        ma.fields.Nested(BookingSchema),
        required=True,
        metadata={"description": "Bookings that were released or refused: tell them."},
    )
    speaking = ma.fields.List(ma.fields.Integer(), required=True)
    speakers = ma.fields.List(
        ma.fields.Integer(),
        required=True,
        metadata={"description": "Which speakers of the agenda I am; mostly none or one."},
    )
    bookable = ma.fields.List(ma.fields.Nested(BookableSchema), required=True)
    entries = ma.fields.List(ma.fields.Nested(EntrySchema), required=True)
    next = ma.fields.Nested(NextSchema, required=True, allow_none=True)
    announcements = ma.fields.List(
        ma.fields.Nested(SCHEMAS[Announcement]),
        required=True,
        metadata={"description": "To my category now; those to everyone: GET /v1/announcements."},
    )


class GuestSchema(Schema):
    """Somebody else who is asked."""

    name = ma.fields.String(required=True)
    organisation = ma.fields.String(required=True)
    answer = ma.fields.String(required=True, validate=ma.validate.OneOf(list(map(str, Answer))))


class AppointmentAnswer(Schema):
    """A meeting as one of its guests has it."""

    meeting_id = ma.fields.Integer(required=True)
    title = Words(required=True)
    table = ma.fields.String(required=True)
    room_id = ma.fields.Integer(required=True, allow_none=True)
    session_id = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "The break it is held in."}
    )
    starts_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    state = ma.fields.String(required=True)
    reason = Words(required=True)
    answer = ma.fields.String(required=True, validate=ma.validate.OneOf(list(map(str, Answer))))
    proposed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    others = ma.fields.List(ma.fields.Nested(GuestSchema), required=True)


def schedule_body(
    found: Schedule,
    mine: Mine,
    edition: Edition,
    stands: Iterable[Stand],
    taken: Mapping[int, int],
    owed: Mapping[int, Sequence[str]],
    context: Context,
) -> dict[str, Any]:
    """Return a person's schedule; `stands` are the rules of sessions they may know of.

    `owed` are the questions they have yet to answer, by session.
    """
    return {
        "language": context.language,
        "timezone": edition.agenda.event.timezone,
        "category": mine.category,
        "bookmarks": sorted(mine.bookmarks),
        "bookings": [
            booking_body(one) | {"unanswered": list(owed.get(one.session_id, ()))}
            for one in mine.bookings.values()
            if one.state in LIVE
        ],
        "ended": [booking_body(one) for one in mine.bookings.values() if one.state in _TOLD],
        "speaking": [entry.key[1] for entry in found.entries if "speaking" in entry.why],
        "speakers": sorted(mine.speakers),
        "bookable": [bookable_body(one, taken, context) for one in stands],
        "entries": [_own_entry(entry, context) for entry in found.entries],
        "next": found.next
        and {
            **_named(found.next.entry.key),
            "leave_at": context.moment(found.next.leave_at),
            "walk_minutes": found.next.minutes,
        },
    }


def appointment_body(found: Appointment, context: Context) -> dict[str, Any]:
    """Return a meeting as one of its guests has it."""
    return {
        "meeting_id": found.id,
        "title": context.words(found.title),
        "table": found.place,
        "room_id": found.room_id,
        "session_id": found.session_id,
        "starts_at": context.moment(found.starts_at),
        "ends_at": None if found.state is State.SUSPENDED else context.moment(found.ends_at),
        "state": str(found.state),
        "reason": context.words(found.reason),
        "answer": str(found.answer),
        "proposed_at": service().local(found.proposed_at),
        "others": [
            {"name": one.name, "organisation": one.organisation, "answer": str(one.answer)}
            for one in found.others
        ],
    }


def entry_body(entry: Entry, context: Context) -> dict[str, Any]:
    """Return what, why, when and where; of a meeting not with whom."""
    room, venue, of = entry.room, entry.venue, entry.of
    body = {
        "kind": entry.key[0],
        **_named(entry.key),
        "why": list(entry.why),
        "title": context.words(entry.title),
        "starts_at": context.moment(entry.starts_at),
        "ends_at": None if entry.state is State.SUSPENDED else context.moment(entry.ends_at),
        "room": room
        and {"id": room.id, "name": context.words(room.name), "floor": context.words(room.floor)},
        "venue": venue and {"id": venue.id, "name": context.words(venue.name)},
        "state": str(entry.state),
        "reason": context.words(of.reason),
        "public": entry.public,
        "clashes": [
            {"kind": clash.kind, **_named(clash.key), "minutes": clash.minutes}
            for clash in entry.clashes
        ],
    }
    if isinstance(of, Session):
        parts = [
            {
                "id": part.id,
                "title": context.words(part.title),
                "starts_at": context.moment(part.starts_at),
                "ends_at": context.moment(part.ends_at),
                "state": str(part.state),
                "reason": context.words(part.reason),
            }
            for part in of.parts
        ]
        return body | {"parts": parts}
    body |= {"session_id": of.session_id} if of.session_id else {}
    return body | {"table": of.place}


def _own_entry(entry: Entry, context: Context) -> dict[str, Any]:
    body, of = entry_body(entry, context), entry.of
    body |= {
        "begins": context.moment(entry.begins),
        "finishes": context.moment(entry.finishes),
        "spoken": entry.is_spoken,
    }
    if isinstance(of, Session):
        return body
    return body | {
        "answer": str(of.answer),
        "proposed_at": service().local(of.proposed_at),
        "with": [guest.name for guest in of.others],
        **({"after": of.after} if of.session_id else {}),
    }


def _named(key: Key) -> dict[str, int]:
    return {f"{key[0]}_id": key[1]}


_TOLD = frozenset({Seat.RELEASED, Seat.REFUSED})
"""What somebody must be told of who had hoped for a seat."""
