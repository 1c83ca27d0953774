"""Histories of agendas: the recorded ones, and made-up ones of the same statistics."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from event.agenda.model import EVERYONE, Agenda, Event, Room

RECORDED = Path(__file__).parents[2] / "shared" / "data" / "changes.jsonl"
BEGIN = datetime(2025, 6, 2, 18, 0, tzinfo=UTC)
"""The evening before the made-up events."""
HOUR, LENGTH = timedelta(hours=1), timedelta(minutes=30)
LOOKED = timedelta(minutes=10)
"""How often the recorded agendas were looked at."""

TITLE = {"en": "A session"}

Place = tuple[datetime, str]
"""A start and a room."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a session: its place before and after, None where it was in no agenda."""

    at: datetime
    guid: str
    old: Place | None
    new: Place | None

    @property
    def until(self) -> datetime:
        """When it is too late to hear of it: the earlier of its starts."""
        return min(place[0] for place in (self.old, self.new) if place)


def recorded() -> dict[str, list[Change]]:
    """Return the recorded histories by event, none where their file is not there."""
    found = defaultdict(list)
    for line in RECORDED.read_text().splitlines() if RECORDED.exists() else ():
        one = json.loads(line)
        old, new = ((datetime.fromisoformat(p["start"]), p["room"]) if p else None
                    for p in (one["from"], one["to"]))  # fmt: skip
        at = datetime.fromisoformat(one["at"])
        found[one["event"]].append(Change(at, guid_of(one["guid"]), old, new))
    return dict(found)


def made(stories: int, *, longest: timedelta = 72 * HOUR) -> list[Change]:
    """Return a history of so many sessions, with what the recorded ones have in common.

    One story in ten begins two hours or less before its session; half are of new sessions; half of
    what moves goes back, and 27 % of what disappears comes back.
    """
    chance = Random(stories)  # noqa: S311  # the same history each time is the point
    found: list[Change] = []
    for number in range(stories):
        is_late = chance.random() < 0.1
        lead = chance.uniform(1 / 12, 2) * HOUR if is_late else chance.uniform(2 * HOUR, longest)
        steps = max(0, int((longest - lead) / LOOKED))
        at = BEGIN + LOOKED * chance.randint(0, steps)
        start = at + timedelta(minutes=int(lead / timedelta(minutes=1)))
        here, there = (start, f"Room {number % 7}"), (start + HOUR / 2, f"Room {number % 5}")
        kind = chance.choices(("new", "moved", "off"), (50, 38, 12))[0]
        old, new = {"new": (None, here), "moved": (here, there), "off": (here, None)}[kind]
        guid = guid_of(f"{number}")
        found.append(Change(at, guid, old, new))
        back = at + LOOKED * chance.choice((1, 2, 3, 6))
        if old and back < start and chance.random() < (0.54 if new else 0.27):
            found.append(Change(back, guid, new, old))
    return sorted(found, key=lambda change: change.at)


def at_once(history: Iterable[Change]) -> Iterator[tuple[datetime, list[Change]]]:
    """Yield the changes that became known together, in their order."""
    groups = defaultdict(list)
    for change in history:
        groups[change.at].append(change)
    yield from sorted(groups.items(), key=lambda item: item[0])


def flipped(history: Iterable[Change], hold: timedelta) -> Iterator[tuple[str, datetime, datetime]]:
    """Yield the sessions that left their place and were back, each step within a hold; and when."""
    away: dict[str, tuple[Place | None, datetime, datetime]] = {}
    for change in history:
        known = change.guid in away and change.at - away[change.guid][2] < hold
        if not known and change.old is None:
            continue  # it is new, or was away for longer
        place, since, _ = away[change.guid] if known else (change.old, change.at, change.at)
        away[change.guid] = place, since, change.at
        if change.new == place:
            del away[change.guid]
            yield change.guid, since, change.at


class Editor:
    """Says a history's changes as operations of an organiser; `ids` are those of sessions.

    `opening` makes the sessions that are there before it begins, in the rooms of `agenda`.
    """

    def __init__(self, history: list[Change]) -> None:
        places = [place for change in history for place in (change.old, change.new) if place]
        names = sorted({room for _, room in places})
        self._rooms = {name: number for number, name in enumerate(names, 1)}
        self._off: set[str] = set()
        self.ids: dict[str, int] = {}
        days = [start.date() for start, _ in places]
        self.agenda = Agenda(
            event=_event(min(days) - timedelta(days=1), max(days) + timedelta(days=1)),
            rooms=tuple(Room(id=number, guid=guid_of(f"room {name}"), name={"en": name or "–"})
                        for name, number in self._rooms.items()),
        )  # fmt: skip
        first: dict[str, Place | None] = {}
        for change in history:
            first.setdefault(change.guid, change.old)
        self.opening = [self._new(guid, place) for guid, place in first.items() if place]

    def operations(self, change: Change) -> list[dict[str, Any]]:
        """Return what an organiser sends for a change, nothing where all is so already."""
        guid, was_off = change.guid, change.guid in self._off
        if change.new is None:
            self._off.add(guid)
            return [] if was_off else [{"op": "cancel", "session": self.ids[guid]}]
        self._off.discard(guid)
        if guid not in self.ids:
            return [self._new(guid, change.new)]
        own = {"session": self.ids[guid]}
        restore = [{"op": "restore"} | own] if was_off else []
        return [*restore, {"op": "move"} | own | self._place(change.new)]

    def _new(self, guid: str, place: Place) -> dict[str, Any]:
        ends_at = (place[0] + LENGTH).isoformat()
        new = {"op": "new", "guid": guid, "title": TITLE, "audience": list(EVERYONE)}
        return new | self._place(place) | {"ends_at": ends_at}

    def _place(self, place: Place) -> dict[str, Any]:
        return {"starts_at": place[0].isoformat(), "room": self._rooms[place[1]]}


def guid_of(name: str) -> str:
    """Return the guid of what a history calls so."""
    return str(uuid5(NAMESPACE_URL, f"history/{name}"))


def _event(first: date, last: date) -> Event:
    return Event(
        uuid=guid_of("event"), acronym="history", title={"en": "A history"},
        timezone="Europe/Berlin", starts_on=first, ends_on=last, languages=("en",),
    )  # fmt: skip
