"""The agenda while operations are applied to it, found by id."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from event.agenda.model import Agenda, Announcement, Room, Session
from event.errors import NotFound
from event.times import event_day, zone

T = TypeVar("T")
Item = Session | Room | Announcement


@dataclass(slots=True)
class Sketch:
    """What there is so far; `agenda` is what it all began with, `at` is now."""

    agenda: Agenda
    at: datetime
    tz: ZoneInfo
    ids: Iterator[int]
    sessions: dict[int, Session]
    rooms: dict[int, Room]
    announcements: dict[int, Announcement]

    @classmethod
    def of(cls, agenda: Agenda, *, at: datetime, ids: Iterator[int]) -> "Sketch":
        """Return a sketch of an agenda."""
        return cls(
            agenda=agenda,
            at=at,
            tz=zone(agenda.event.timezone),
            ids=ids,
            sessions={session.id: session for session in agenda.sessions},
            rooms={room.id: room for room in agenda.rooms},
            announcements={item.id: item for item in agenda.announcements},
        )

    def session(self, number: int) -> Session:
        """Return a session. Raises NotFound."""
        return _found(self.sessions, "session", number)

    def room(self, number: int) -> Room:
        """Return a room. Raises NotFound."""
        return _found(self.rooms, "room", number)

    def session_of(self, part: int) -> Session:
        """Return the session of a part. Raises NotFound."""
        for session in self.sessions.values():
            if any(one.id == part for one in session.parts):
                return session
        raise NotFound(f"There is no part {part}; look it up in GET /v1/agenda.")

    def today(self) -> date:
        """Return the event day it is, or that is nearest."""
        event = self.agenda.event
        return min(max(event_day(self.at, self.tz), event.starts_on), event.ends_on)

    def get(self, item: Item) -> Item | None:
        """Return what there is now of an item, None when it is new."""
        return self._kept(item).get(item.id)

    def put(self, items: Iterable[Item]) -> None:
        """Take items as they are now."""
        for item in items:
            match item:
                case Session():
                    self.sessions[item.id] = item
                case Room():
                    self.rooms[item.id] = item
                case Announcement():
                    self.announcements[item.id] = item

    def _kept(self, item: Item) -> Mapping[int, Item]:
        match item:
            case Session():
                return self.sessions
            case Room():
                return self.rooms
            case Announcement():
                return self.announcements


def _found(items: Mapping[int, T], what: str, number: int) -> T:
    if number not in items:
        raise NotFound(f"There is no {what} {number}; look it up in GET /v1/agenda.")
    return items[number]
