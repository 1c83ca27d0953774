"""Schedules: what clashes and where to be next; of two things it is written here by hand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from drafts import NOW

from event.agenda.model import Part, Role, Room, Session, State, Venue
from event.schedule.appointments import Appointment
from event.schedule.bookings import Booking
from event.schedule.meetings import Answer
from event.schedule.schedule import Entry, Mine, schedule_of
from event.schedule.seats import Seat
from event.times import from_seconds

MINUTE = 60
HALL, PLANT, NOWHERE = 1, 2, 3
"""Rooms: in two venues 20 minutes on foot from each other, and in none that anybody knows."""
VENUES = (
    Venue(id=1, name={}, latitude=50_037_000, longitude=22_004_000),
    Venue(id=2, name={}, latitude=50_047_000, longitude=22_004_000),
)
ROOMS = (
    Room(id=HALL, guid="", name={}, venue_id=1),
    Room(id=PLANT, guid="", name={}, venue_id=2),
    Room(id=NOWHERE, guid="", name={}),
)
ME, SOMEBODY = (Role(speaker_id=7),), (Role(speaker_id=8),)


@dataclass(frozen=True, slots=True)
class Thing:
    """What can stand in a schedule: an hour's session, or with an `answer` a meeting of 20 minutes.

    `parts` are who speaks in the first and in the last 20 minutes, `fallen` says that both fell
    out, `within` that the meeting is in the break before it in the list.
    """

    audience: tuple[str, ...] = ("choice",)
    state: State = State.CONFIRMED
    speakers: tuple[Role, ...] = ()
    parts: tuple[tuple[Role, ...], ...] = ()
    fallen: bool = False
    marked: bool = False
    seat: Seat | None = None
    answer: Answer | None = None
    within: bool = False


THINGS = {
    "a plenary": Thing(("everyone",), speakers=SOMEBODY),
    "a meeting in that break": Thing(answer=Answer.ACCEPTED, within=True),
    "a plenary of parts": Thing(("everyone",), parts=(SOMEBODY, ())),
    "a lunch": Thing(("everyone",)),
    "a session for one's category": Thing(("vip", "delegate"), speakers=SOMEBODY),
    "a session for another category": Thing(("vip",), speakers=SOMEBODY),
    "a star": Thing(marked=True),
    "a star on what is cancelled": Thing(marked=True, state=State.CANCELLED),
    "a star on what is suspended": Thing(marked=True, state=State.SUSPENDED),
    "a seat": Thing(seat=Seat.BOOKED),
    "an offered seat": Thing(seat=Seat.OFFERED),
    "a place in a waitlist": Thing(seat=Seat.WAITING),
    "a starred place in a waitlist": Thing(seat=Seat.WAITING, marked=True),
    "a talk": Thing(speakers=ME),
    "a talk in the first part": Thing(parts=(ME, SOMEBODY)),
    "a talk in the last part": Thing(parts=(SOMEBODY, ME)),
    "a talk in the last part, starred": Thing(parts=(SOMEBODY, ME), marked=True),
    "a talk in a part that fell out": Thing(parts=(ME, SOMEBODY), fallen=True),
    "a meeting": Thing(answer=Answer.INVITED),
    "a meeting accepted": Thing(answer=Answer.ACCEPTED),
    "a meeting declined": Thing(answer=Answer.DECLINED),
    "a meeting for which another time is wanted": Thing(answer=Answer.PROPOSED),
    "a meeting cancelled": Thing(answer=Answer.ACCEPTED, state=State.CANCELLED),
    "a meeting suspended": Thing(answer=Answer.ACCEPTED, state=State.SUSPENDED),
}

PAIRS: tuple[tuple[str, str, int, int, str], ...] = (
    ("a star", "a seat", 30, HALL, "overlap"),
    ("a star", "a seat", 60, HALL, ""),
    ("a star", "a seat", 79, PLANT, "travel 20"),
    ("a star", "a seat", 80, PLANT, ""),
    ("a star", "a seat", 60, NOWHERE, ""),
    ("a star", "a plenary", 30, HALL, "overlap"),
    ("a star", "a plenary of parts", 30, HALL, "overlap"),
    ("a star", "a lunch", 30, HALL, ""),
    ("a plenary", "a session for one's category", 30, HALL, ""),
    ("a star", "a session for another category", 30, HALL, ""),
    ("a star", "a star on what is cancelled", 30, HALL, ""),
    ("a star", "a star on what is suspended", 30, HALL, "overlap"),
    ("a star", "an offered seat", 30, HALL, "overlap"),
    ("a star", "a place in a waitlist", 30, HALL, ""),
    ("a star", "a starred place in a waitlist", 30, HALL, "overlap"),
    ("a talk", "a star", 30, HALL, "overlap"),
    ("a talk in the first part", "a star", 20, HALL, ""),
    ("a talk in the first part", "a star", 19, HALL, "overlap"),
    ("a talk in the first part", "a star", 39, PLANT, "travel 20"),
    ("a star", "a talk in the last part", 20, HALL, ""),
    ("a star", "a talk in the last part", 19, HALL, "overlap"),
    ("a star", "a talk in the last part, starred", 20, HALL, "overlap"),
    ("a talk in a part that fell out", "a star", 0, HALL, ""),
    ("a meeting", "a plenary", 10, HALL, "overlap"),
    ("a meeting", "a meeting accepted", 10, HALL, "overlap"),
    ("a meeting", "a meeting for which another time is wanted", 19, HALL, "overlap"),
    ("a star", "a meeting declined", 30, HALL, ""),
    ("a star", "a meeting cancelled", 30, HALL, ""),
    ("a star", "a meeting suspended", 30, HALL, "overlap"),
    ("a plenary", "a meeting in that break", 10, HALL, ""),
    ("a plenary", "a meeting", 10, HALL, "overlap"),
)
"""Two things, how many minutes after the first and where the second is, and how they clash."""
WOVEN = (7, 11, 20, 35, 61, 90)
"""Steps in minutes by which all things follow each other around a day."""


def schedules() -> Any:
    """Return agendas, what is somebody's own, and the schedule that comes of both."""
    return {
        "venues": [{"id": v.id, "latitude": v.latitude, "longitude": v.longitude} for v in VENUES],
        "rooms": [{"id": room.id, "venue_id": room.venue_id} for room in ROOMS],
        "schedules": [*(_pair(*case) for case in PAIRS), *(_woven(step) for step in WOVEN)],
    }


def _pair(one: str, other: str, after: int, room: int, wanted: str) -> dict[str, Any]:
    name = f"{one}, and after {after} minutes {other}" + ("" if room == HALL else ", elsewhere")
    placed = [(THINGS[one], 0, HALL), (THINGS[other], after, room)]
    made = _case(name, placed, at=NOW - 60 * MINUTE)
    found = [clash for entry in made["entries"] for clash in entry["clashes"]]
    said = {f"{clash['kind']} {clash['minutes'] or ''}".strip() for clash in found}
    if said != ({wanted} if wanted else set()):
        raise ValueError(f"{name}: wanted {wanted!r}, but the rule says {said}")
    return made


def _woven(step: int) -> dict[str, Any]:
    placed = [
        (thing, number * step % (8 * 60), (HALL, PLANT, NOWHERE)[number * step % 3])
        for number, thing in enumerate(THINGS.values(), start=1)
    ]
    return _case(f"all of it, {step} minutes apart", placed, at=NOW + 3 * 60 * MINUTE)


def _case(name: str, placed: Iterable[tuple[Thing, int, int]], *, at: int) -> dict[str, Any]:
    things = [
        (number, thing, NOW + after * MINUTE, room)
        for number, (thing, after, room) in enumerate(placed, start=1)
    ]
    sessions = [_session(*one) for one in things if not one[1].answer]
    mine = Mine(
        "delegate",
        speakers=frozenset({7}),
        bookmarks=frozenset(number for number, thing, *_ in things if thing.marked),
        bookings={n: Booking(n, 1, thing.seat, 0) for n, thing, *_ in things if thing.seat},
        meetings=[_meeting(*one) for one in things if one[1].answer],
    )
    found = schedule_of(mine, sessions=sessions, rooms=ROOMS, venues=VENUES, at=from_seconds(at))
    return {
        "name": name,
        "at": at,
        "mine": {
            "category": mine.category,
            "speakers": sorted(mine.speakers),
            "bookmarks": sorted(mine.bookmarks),
            "bookings": [{"session_id": n, "state": b.state} for n, b in mine.bookings.items()],
            "meetings": [_shown_meeting(one) for one in mine.meetings],
        },
        "sessions": [_shown_session(one) for one in sessions],
        "entries": [_shown_entry(one) for one in found.entries],
        "next": found.next
        and {
            f"{found.next.entry.key[0]}_id": found.next.entry.key[1],
            "walk_minutes": found.next.minutes,
            "leave_at": _seconds(found.next.leave_at),
        },
    }


def _session(number: int, thing: Thing, start: int, room: int) -> Session:
    made = Session(
        id=number, guid="", title={}, starts_at=from_seconds(start),
        ends_at=from_seconds(start + 60 * MINUTE), room_id=room, audience=thing.audience,
        state=thing.state, speakers=thing.speakers,
    )  # fmt: skip
    parts = tuple(
        Part(id=number * 10 + place, guid="", title={}, speakers=speakers,
             starts_at=from_seconds(start + place * 40 * MINUTE),
             ends_at=from_seconds(start + (place * 40 + 20) * MINUTE),
             state=State.CANCELLED if thing.fallen else State.CONFIRMED)
        for place, speakers in enumerate(thing.parts)
    )  # fmt: skip
    return replace(made, parts=parts)


def _meeting(number: int, thing: Thing, start: int, room: int) -> Appointment:
    return Appointment(
        id=number, title={}, place="", room_id=room,
        session_id=number - 1 if thing.within else None,
        starts_at=from_seconds(start), ends_at=from_seconds(start + 20 * MINUTE), state=thing.state,
        reason={}, answer=thing.answer or Answer.INVITED, proposed_at=None, others=(), guid="",
        version=1, sequence=0, changed_at=0,
    )  # fmt: skip


def _shown_session(one: Session) -> dict[str, Any]:
    return _shown_times(one) | {
        "audience": list(one.audience),
        "room_id": one.room_id,
        "speakers": [role.speaker_id for role in one.speakers],
        "parts": [
            _shown_times(part) | {"speakers": [role.speaker_id for role in part.speakers]}
            for part in one.parts
        ],
    }


def _shown_meeting(one: Appointment) -> dict[str, Any]:
    return _shown_times(one) | {
        "answer": one.answer,
        "room_id": one.room_id,
        "session_id": one.session_id,
    }


def _shown_times(one: Session | Part | Appointment) -> dict[str, Any]:
    times = {"starts_at": _seconds(one.starts_at), "ends_at": _seconds(one.ends_at)}
    return {"id": one.id} | times | {"state": one.state}


def _shown_entry(entry: Entry) -> dict[str, Any]:
    return {
        f"{entry.key[0]}_id": entry.key[1],
        "why": list(entry.why),
        "begins": _seconds(entry.begins),
        "finishes": _seconds(entry.finishes),
        "clashes": [
            {"kind": clash.kind, f"{clash.key[0]}_id": clash.key[1], "minutes": clash.minutes}
            for clash in entry.clashes
        ],
    }


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
