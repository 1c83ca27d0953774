"""One person's schedule: a pure function of the agenda and of what is theirs.

It knows no database and no clock: `event.schedule.own` gathers what it needs.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import combinations

from event.agenda.model import EVERYONE, Part, Room, Session, State, Venue
from event.schedule.appointments import Appointment
from event.schedule.bookings import Booking
from event.schedule.meetings import Answer
from event.schedule.seats import LIVE, TAKEN, Seat
from event.schedule.travel import minutes_between
from event.text import Text

Key = tuple[str, int]
"""What an entry is: ("session", id) or ("meeting", id)."""
CHOSEN = frozenset({"bookmark", "booking", "meeting", "speaking"})
"""Why somebody wants or has to be there; everyone and category are for all alike."""


@dataclass(frozen=True, slots=True)
class Mine:
    """What makes a schedule somebody's own; bookings by session."""

    category: str
    speakers: frozenset[int] = frozenset()
    bookmarks: frozenset[int] = frozenset()
    bookings: Mapping[int, Booking] = field(default_factory=dict)
    meetings: Sequence[Appointment] = ()


@dataclass(frozen=True, slots=True)
class Clash:
    """Another entry one cannot be at as well: they overlap, or the way takes `minutes`."""

    kind: str
    key: Key
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a schedule, and why it stands there.

    `of` is the session or meeting; `ends_at` is the planned end, though nobody knows it while it is
    suspended. One has to be there from `begins` until `finishes`: a speaker for their parts.
    """

    of: Session | Appointment
    why: tuple[str, ...]
    begins: datetime
    finishes: datetime
    room: Room | None = None
    venue: Venue | None = None
    booking: Booking | None = None
    public: bool = True
    clashes: tuple[Clash, ...] = ()

    @property
    def key(self) -> Key:
        """What it is."""
        return ("session" if isinstance(self.of, Session) else "meeting", self.of.id)

    @property
    def title(self) -> Text:
        """What it is called."""
        return self.of.title

    @property
    def starts_at(self) -> datetime:
        """When it starts."""
        return self.of.starts_at

    @property
    def ends_at(self) -> datetime:
        """When it was planned to end."""
        return self.of.ends_at

    @property
    def state(self) -> State:
        """Whether it takes place."""
        return self.of.state

    @property
    def is_spoken(self) -> bool:
        """Say whether somebody speaks there: nobody is missed at lunch or at a reception."""
        of = self.of
        return isinstance(of, Session) and bool(
            of.speakers or any(part.speakers for part in of.parts)
        )

    @property
    def is_chosen(self) -> bool:
        """Say whether one wants or has to be there, and has a seat where that takes one."""
        why = CHOSEN.intersection(self.why)
        return bool(why - {"booking"}) or (
            self.booking is not None and self.booking.state in TAKEN and bool(why)
        )

    @property
    def is_on(self) -> bool:
        """Say whether one has to be there at all: nothing cancelled, and no meeting declined."""
        return (
            self.begins < self.finishes
            and self.state is not State.CANCELLED
            and not self.is_declined
        )

    @property
    def is_declined(self) -> bool:
        """Say whether it is a meeting one does not come to."""
        return isinstance(self.of, Appointment) and self.of.answer is Answer.DECLINED

    @property
    def is_waiting(self) -> bool:
        """Say whether it is no more than a place in a waitlist."""
        is_hoped = self.booking is not None and self.booking.state is not Seat.BOOKED
        return is_hoped and set(self.why) == {"booking"}

    @property
    def is_sure(self) -> bool:
        """Say whether nobody has to say yes any more: no waitlist, no offer, no invitation."""
        is_open = isinstance(self.of, Appointment) and self.of.answer is not Answer.ACCEPTED
        return not (is_open or self.is_waiting)


@dataclass(frozen=True, slots=True)
class Next:
    """Where to be next, how many minutes that is away on foot, and when to leave."""

    entry: Entry
    minutes: int
    leave_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """Entries in time order, and what is next, if anything is."""

    entries: tuple[Entry, ...]
    next: Next | None


def schedule_of(
    mine: Mine,
    *,
    sessions: Iterable[Session],
    restricted: Collection[int] = (),
    rooms: Iterable[Room] = (),
    venues: Iterable[Venue] = (),
    at: datetime,
) -> Schedule:
    """Return a person's schedule of sessions they may know of, drafts never among them.

    `restricted` are the ids of those that are not public.
    """
    places = {venue.id: venue for venue in venues}
    known = {room.id: room for room in rooms}
    found = [_of_session(session, mine) for session in sessions]
    found += [_of_meeting(meeting) for meeting in mine.meetings]
    entries = []
    for entry in sorted((one for one in found if one), key=lambda e: (e.starts_at, e.key)):
        room = known.get(entry.of.room_id or 0)
        venue = places.get(room.venue_id or 0) if room else None
        is_public = entry.key[0] == "session" and entry.key[1] not in restricted
        entries.append(replace(entry, room=room, venue=venue, public=is_public))
    clashes = _clashes(entries)
    named = tuple(replace(entry, clashes=clashes[entry.key]) for entry in entries)
    return Schedule(named, _next(named, at))


def _of_session(session: Session, mine: Mine) -> Entry | None:
    """Return a session's entry, None when nothing puts it into this schedule."""
    booking = mine.bookings.get(session.id)
    is_live = booking is not None and booking.state in LIVE
    all_of_it = any(role.speaker_id in mine.speakers for role in session.speakers)
    parts = [part for part in session.parts if _speaks_in(part, mine)]
    reasons = {
        "everyone": session.audience == EVERYONE,
        "category": mine.category in session.audience,
        "bookmark": session.id in mine.bookmarks,
        "booking": is_live,
        "speaking": all_of_it or bool(parts),
    }
    why = tuple(name for name, holds in reasons.items() if holds)
    if not why:
        return None
    begins, finishes = session.starts_at, session.ends_at
    if why == ("speaking",) and not all_of_it:
        begins, finishes = _span(parts, session)
    return Entry(session, why, begins, finishes, booking=booking)


def _speaks_in(part: Part, mine: Mine) -> bool:
    return any(role.speaker_id in mine.speakers for role in part.speakers)


def _span(parts: Sequence[Part], session: Session) -> tuple[datetime, datetime]:
    """Return from when until when somebody speaks; no time at all when their parts fell out."""
    held = [part for part in parts if part.state is not State.CANCELLED]
    if not held:
        return session.starts_at, session.starts_at
    return min(part.starts_at for part in held), max(part.ends_at for part in held)


def _of_meeting(meeting: Appointment) -> Entry:
    return Entry(meeting, ("meeting",), meeting.starts_at, meeting.ends_at)


def _clashes(entries: Sequence[Entry]) -> dict[Key, tuple[Clash, ...]]:
    """Return what each entry clashes with, in their order.

    Only what begins before an entry ends and the longest way is gone can clash with it.
    """
    held = sorted((entry for entry in entries if entry.is_on), key=lambda entry: entry.begins)
    longest = timedelta(minutes=_longest_way(held))
    found: dict[Key, list[Clash]] = {entry.key: [] for entry in entries}
    for number, first in enumerate(held, start=1):
        for second in held[number:]:
            if second.begins >= first.finishes + longest:
                break
            if clash := _clash(first, second):
                found[first.key].append(clash)
                found[second.key].append(replace(clash, key=first.key))
    order = {entry.key: place for place, entry in enumerate(entries)}
    return {
        key: tuple(sorted(clashes, key=lambda clash: order[clash.key]))
        for key, clashes in found.items()
    }


def _longest_way(entries: Iterable[Entry]) -> int:
    venues = {entry.venue.id: entry.venue for entry in entries if entry.venue}
    ways = (minutes_between(one, other) for one, other in combinations(venues.values(), 2))
    return max(ways, default=0)


def _clash(first: Entry, second: Entry) -> Clash | None:
    """Return how what begins first clashes with another, if it does and that matters."""
    if not _matters(first, second):
        return None
    if second.begins < first.finishes:
        return None if _is_within(first, second) else Clash("overlap", second.key)
    minutes = minutes_between(first.venue, second.venue)
    if first.finishes + timedelta(minutes=minutes) > second.begins:
        return Clash("travel", second.key, minutes)
    return None


def _matters(entry: Entry, other: Entry) -> bool:
    """Say whether somebody must choose: one is chosen, and at the other they are expected."""
    return (entry.is_chosen and _is_expected(other)) or (other.is_chosen and _is_expected(entry))


def _is_expected(entry: Entry) -> bool:
    """Say whether one is missed: where one chose to be, or is asked to and somebody speaks."""
    is_asked = not {"everyone", "category"}.isdisjoint(entry.why)
    return entry.is_chosen or (is_asked and entry.is_spoken)


def _is_within(entry: Entry, other: Entry) -> bool:
    """Say whether one is a meeting in the other, which is its break."""
    return any(
        isinstance(meeting.of, Appointment) and ("session", meeting.of.session_id) == around.key
        for meeting, around in ((entry, other), (other, entry))
    )


def _next(entries: Sequence[Entry], at: datetime) -> Next | None:
    """Return where to be next, from where one is now or was last; what is chosen comes first."""
    wanted = [entry for entry in entries if entry.is_on and not entry.is_waiting]
    coming = [entry for entry in wanted if entry.begins > at]
    if not coming:
        return None
    entry = min(coming, key=lambda one: (one.begins, not one.is_chosen, one.key))
    before = [one for one in wanted if one.begins <= at]
    last = max(before, key=lambda one: (one.is_chosen, one.begins, one.key), default=None)
    minutes = minutes_between(last.venue if last else None, entry.venue)
    return Next(entry, minutes, entry.begins - timedelta(minutes=minutes))
