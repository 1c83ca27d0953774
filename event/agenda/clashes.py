"""What cannot be at once, found in an agenda and in what else is known; it decides nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from event.agenda.model import Agenda, Part, Session, State

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
    """When an attendee is somewhere else: a meeting, or on the way (travel)."""

    kind: str
    attendee_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the agenda.

    Who has a seat, by session; who is busy when; and when gates are open, by session.
    """

    booked: Mapping[int, frozenset[int]] = field(default_factory=dict)
    engagements: tuple[Engagement, ...] = ()
    hours: Mapping[int, tuple[datetime | None, datetime | None]] = field(default_factory=dict)


def new_clashes(before: Agenda, after: Agenda, known: Known) -> list[Clash]:
    """Return the clashes that there were not, or not of so many people."""
    old = {_what(clash): _size(clash) for clash in clashes(before, known)}
    return [clash for clash in clashes(after, known) if _size(clash) > old.get(_what(clash), -1)]


def clashes(agenda: Agenda, known: Known) -> list[Clash]:
    """Return what of an agenda clashes, by kind in the order of `KINDS`.

    Drafts and cancelled sessions take up nothing. Interpreters are not known one by one: a language
    that is needed in more sessions at once than there are teams clashes, see `interpreted`.
    """
    on = [s for s in agenda.sessions if s.state not in _NOT_ON]
    on.sort(key=lambda session: (session.starts_at, session.id))
    found = [*_of_pairs(on, known), *interpreted(on), *_of_rooms(agenda, on, known)]
    found += [*_of_engagements(on, known), *_of_gates(on, known)]
    return sorted(found, key=lambda clash: (KINDS.index(clash.kind), clash.sessions))


def interpreted(on: Iterable[Session]) -> Iterator[Clash]:
    """Yield the largest groups of sessions that are brought into one language at once."""
    for language in {(i.language, i.kind) for session in on for i in session.interpretation}:
        running: list[Session] = []
        largest: list[Session] = []
        for session in on:
            if language not in {(i.language, i.kind) for i in session.interpretation}:
                continue
            running = [s for s in running if s.ends_at > session.starts_at] + [session]
            largest = max(largest, running, key=len)
        if len(largest) > 1:
            yield Clash("interpreter", tuple(s.id for s in largest), " ".join(language))


def _of_pairs(on: list[Session], known: Known) -> Iterator[Clash]:
    running: list[Session] = []
    for session in on:
        running = [one for one in running if one.ends_at > session.starts_at]
        for other in running:
            pair = (other.id, session.id)
            if session.room_id is not None and session.room_id == other.room_id:
                yield Clash("room", pair, str(session.room_id))
            for speaker in sorted(_speakers_of_both(session, other)):
                yield Clash("speaker", pair, str(speaker))
            nobody: frozenset[int] = frozenset()
            both = known.booked.get(session.id, nobody) & known.booked.get(other.id, nobody)
            if both:
                yield Clash("booking", pair, people=len(both))
        if session.ends_at > session.starts_at:
            running.append(session)


def _of_rooms(agenda: Agenda, on: list[Session], known: Known) -> Iterator[Clash]:
    capacities = {room.id: room.capacity for room in agenda.rooms}
    for session in on:
        room = capacities.get(session.room_id or 0)
        wanted = max(session.capacity or 0, len(known.booked.get(session.id, ())))
        if room is not None and wanted > room:
            yield Clash("capacity", (session.id,), str(session.room_id), wanted - room)


def _of_engagements(on: list[Session], known: Known) -> Iterator[Clash]:
    by_attendee: dict[int, list[Engagement]] = defaultdict(list)
    for engagement in known.engagements:
        by_attendee[engagement.attendee_id].append(engagement)
    for session in on:
        counts: dict[str, set[int]] = defaultdict(set)
        for attendee in known.booked.get(session.id, ()):
            for busy in by_attendee.get(attendee, ()):
                if busy.starts_at < session.ends_at and session.starts_at < busy.ends_at:
                    counts[busy.kind].add(attendee)
        yield from (Clash(kind, (session.id,), people=len(who)) for kind, who in counts.items())


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


def _what(clash: Clash) -> tuple[object, ...]:
    # Which sessions need the interpreters does not matter, only how many at once.
    return clash.kind, clash.subject, () if clash.kind == "interpreter" else clash.sessions


def _size(clash: Clash) -> int:
    return len(clash.sessions) if clash.kind == "interpreter" else clash.people
