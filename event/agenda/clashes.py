"""What cannot be at once, found in an agenda and in what else is known; it decides nothing."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import TypeVar

from event.agenda.model import EVERYONE, Agenda, Part, Room, Session, State, Venue
from event.schedule.travel import minutes_between

T = TypeVar("T", Session, Room)

KINDS = (
    "room", "speaker", "interpreter", "capacity", "booking", "meeting", "travel", "gate",
)  # fmt: skip

_NOT_ON = {State.CANCELLED, State.DRAFT}


@dataclass(frozen=True, slots=True)
class Clash:
    """Sessions that clash, over what (a room, a speaker, a gate, …), and for how many people."""

    kind: str
    sessions: tuple[int, ...]
    subject: str = ""
    people: int = 0


@dataclass(frozen=True, slots=True)
class Engagement:
    """A meeting of some attendees, in a room or not.

    With a session it begins so long `after` its start, wherever that moves, and is held if that is.
    """

    attendees: frozenset[int]
    starts_at: datetime
    length: timedelta
    room_id: int | None = None
    session_id: int | None = None
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the agenda.

    Who has a seat, by session; which attendee is which speaker; who meets; when gates are open, by
    session; and how many come, by category.
    """

    booked: Mapping[int, frozenset[int]] = field(default_factory=dict)
    speaking: Mapping[int, int] = field(default_factory=dict)
    engagements: tuple[Engagement, ...] = ()
    hours: Mapping[int, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    coming: Mapping[str, int] = field(default_factory=dict)


def new_clashes(before: Agenda, after: Agenda, known: Known) -> list[Clash]:
    """Return the clashes that there were not, or not of so many people."""
    about = concerned(before, after)
    old = {_what(clash): _size(clash) for clash in clashes(before, known, about)}
    found = clashes(after, known, about)
    return [clash for clash in found if _size(clash) > old.get(_what(clash), -1)]


def concerned(before: Agenda, after: Agenda) -> set[int]:
    """Return the sessions that differ, or are in a room that does: nothing else clashes anew."""
    rooms = _differing(before.rooms, after.rooms)
    if before.venues != after.venues:
        rooms |= {room.id for room in after.rooms}
    there = {
        one.id for agenda in (before, after) for one in agenda.sessions if one.room_id in rooms
    }
    return _differing(before.sessions, after.sessions) | there


def clashes(agenda: Agenda, known: Known, about: Collection[int] | None = None) -> list[Clash]:
    """Return what of an agenda clashes, by kind in the order of `KINDS`.

    With `about` these are the clashes of such sessions, and all of interpreters. Drafts and
    cancelled sessions take up nothing. Interpreters are not known one by one: a language that is
    needed in more sessions at once than there are teams clashes, see `interpreted`.
    """
    on = [s for s in agenda.sessions if s.state not in _NOT_ON]
    on.sort(key=lambda session: (session.starts_at, session.id))
    about = {session.id for session in on} if about is None else about
    found = [*_of_pairs(on, about), *interpreted(on)]
    found += _of_people(agenda, on, known, about)
    some = [session for session in on if session.id in about]
    found += [*_of_rooms(agenda, some, known), *_of_gates(some, known)]
    return sorted(found, key=lambda clash: (KINDS.index(clash.kind), clash.sessions))


def interpreted(on: Iterable[Session]) -> Iterator[Clash]:
    """Yield the largest groups of sessions that are brought into one language at once."""
    by_language: dict[tuple[str, str], list[Session]] = defaultdict(list)
    for session in on:
        for language in {(i.language, i.kind) for i in session.interpretation}:
            by_language[language].append(session)
    for language, sessions in by_language.items():
        running: list[Session] = []
        largest: list[Session] = []
        for session in sessions:
            running = [s for s in running if s.ends_at > session.starts_at] + [session]
            largest = max(largest, running, key=len)
        if len(largest) > 1:
            yield Clash("interpreter", tuple(s.id for s in largest), " ".join(language))


def _of_pairs(on: list[Session], about: Collection[int]) -> Iterator[Clash]:
    running: list[Session] = []
    for session in on:
        running = [one for one in running if one.ends_at > session.starts_at]
        for other in running:
            if session.id not in about and other.id not in about:
                continue
            pair = (other.id, session.id)
            if session.room_id is not None and session.room_id == other.room_id:
                yield Clash("room", pair, str(session.room_id))
            for speaker in sorted(_speakers_of_both(session, other)):
                yield Clash("speaker", pair, str(speaker))
        if session.ends_at > session.starts_at:
            running.append(session)


def _of_rooms(agenda: Agenda, on: list[Session], known: Known) -> Iterator[Clash]:
    capacities = {room.id: room.capacity for room in agenda.rooms}
    for session in on:
        room = capacities.get(session.room_id or 0)
        booked = len(known.booked.get(session.id, ()))
        wanted = max(session.capacity or 0, booked, _expected(session, known))
        if room is not None and wanted > room:
            yield Clash("capacity", (session.id,), str(session.room_id), wanted - room)


def _expected(session: Session, known: Known) -> int:
    """Return how many a session is for; of those who choose nobody knows."""
    if session.audience == EVERYONE:
        return sum(known.coming.values())
    return sum(known.coming.get(slug, 0) for slug in session.audience)


def _of_people(
    agenda: Agenda, on: Sequence[Session], known: Known, about: Collection[int]
) -> Iterator[Clash]:
    """Yield where people are expected twice at once, or cannot be in time, with their number."""
    order = {session.id: place for place, session in enumerate(on)}
    counts: Counter[tuple[str, tuple[int, ...]]] = Counter()
    for stays in _stays(agenda, on, known, about).values():
        found = set()
        for one, other in combinations(sorted(stays, key=lambda stay: stay.starts_at), 2):
            sessions = {s for s in (one.session_id, other.session_id) if s is not None}
            if (kind := one.clash(other)) and not sessions.isdisjoint(about):
                found.add((kind, tuple(sorted(sessions, key=order.__getitem__))))
        counts.update(found)
    for (kind, of), people in counts.items():
        yield Clash(kind, of, people=people)


@dataclass(frozen=True, slots=True)
class _Stay:
    """When and where somebody is expected, of which session or in which one, and what for."""

    kind: str
    session_id: int | None
    starts_at: datetime
    ends_at: datetime
    venue: Venue | None

    def clash(self, later: "_Stay") -> str:
        """Return how this clashes with a stay that begins no earlier, "" if it does not."""
        if self.session_id is not None and self.session_id == later.session_id:
            return ""
        kinds = {self.kind, later.kind}
        if later.starts_at < self.ends_at and later.ends_at > self.starts_at:
            if kinds == {"speaking"}:  # which is a clash of that speaker
                return ""
            return "meeting" if "meeting" in kinds else "booking"
        minutes = minutes_between(self.venue, later.venue)
        is_late = self.ends_at + timedelta(minutes=minutes) > later.starts_at
        return "travel" if minutes and is_late else ""


def _stays(
    agenda: Agenda, on: Sequence[Session], known: Known, about: Collection[int]
) -> Mapping[int, Sequence[_Stay]]:
    """Return where people are expected, by attendee; speakers who are none by their id below 0.

    Of all whom `about` may concern.
    """
    venues = {venue.id: venue for venue in agenda.venues}
    at = {room.id: venues.get(room.venue_id or 0) for room in agenda.rooms}
    sessions = {session.id: session for session in on}
    wanted = _people(on, known, about)
    stays: dict[int, list[_Stay]] = defaultdict(list)
    for session in on:
        venue = at.get(session.room_id or 0)
        for who in wanted & known.booked.get(session.id, frozenset()):
            stay = _Stay("booking", session.id, session.starts_at, session.ends_at, venue)
            stays[who].append(stay)
        for speaker, starts_at, ends_at in _speaking(session):
            if (who := known.speaking.get(speaker, -speaker)) in wanted:
                stays[who].append(_Stay("speaking", session.id, starts_at, ends_at, venue))
    for one in known.engagements:
        session_ = sessions.get(one.session_id or 0)
        if one.session_id is not None and (session_ is None or session_.state is State.SUSPENDED):
            continue
        start = session_.starts_at + one.after if session_ else one.starts_at
        venue = at.get(one.room_id or (session_.room_id if session_ else None) or 0)
        stay = _Stay("meeting", one.session_id, start, start + one.length, venue)
        for who in wanted & one.attendees:
            stays[who].append(stay)
    return stays


def _people(on: Iterable[Session], known: Known, about: Collection[int]) -> set[int]:
    """Return who has a seat in sessions, speaks or meets there, named as in `_stays`."""
    found: set[int] = set()
    for session in on:
        if session.id in about:
            found |= known.booked.get(session.id, frozenset())
            found |= {known.speaking.get(who, -who) for who, _, _ in _speaking(session)}
    return found.union(*(one.attendees for one in known.engagements if one.session_id in about))


def _of_gates(on: list[Session], known: Known) -> Iterator[Clash]:
    for session in on:
        opens, closes = known.hours.get(session.id, (None, None))
        if (opens and session.starts_at < opens) or (closes and session.ends_at > closes):
            yield Clash("gate", (session.id,))


def _speakers_of_both(one: Session, other: Session) -> set[int]:
    """Return who would speak in both at the same time; who speaks in a part is free after it."""
    return {
        speaker
        for speaker, starts_at, ends_at in _speaking(one)
        for same, start, end in _speaking(other)
        if speaker == same and starts_at < end and start < ends_at
    }


def _speaking(session: Session) -> Iterator[tuple[int, datetime, datetime]]:
    items: list[Session | Part] = [session, *session.parts]
    for item in items:
        if item.state not in _NOT_ON:
            for role in item.speakers:
                yield role.speaker_id, item.starts_at, item.ends_at


def _differing(before: Sequence[T], after: Sequence[T]) -> set[int]:
    known = {one.id: one for one in before}
    come = {one.id for one in after if (old := known.get(one.id)) is not one and old != one}
    return come | known.keys() - {one.id for one in after}


def _what(clash: Clash) -> tuple[object, ...]:
    # Which sessions need the interpreters does not matter, only how many at once.
    return clash.kind, clash.subject, () if clash.kind == "interpreter" else clash.sessions


def _size(clash: Clash) -> int:
    return len(clash.sessions) if clash.kind == "interpreter" else clash.people
