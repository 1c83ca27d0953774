"""What an organiser tells a funder afterwards: how many came, from where, when; nobody is named."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from event.door.attendance import Attended, attendance
from event.door.decide import Policy
from event.door.passed import ARRIVED
from event.people.categories import categories
from event.people.countries import country_code
from event.people.model import Status
from event.schedule.feedback import Rated, rated
from event.tables import attendee, event, gate, holder, scan
from event.text import Text
from event.times import day_bounds, event_day, from_seconds, to_seconds, zone

QUARTER = 900
"""Seconds of one step of the arrivals."""


@dataclass(frozen=True, slots=True)
class Share:
    """One part of all people: how many were registered, and how many of them came."""

    name: str
    registered: int
    came: int


@dataclass(frozen=True, slots=True)
class Day:
    """People of an event day, each once, and arrivals by quarters of an hour.

    `arrivals` are (start, people) by time, UTC seconds; those without anybody are left out.
    """

    day: date
    came: int
    first_time: int
    arrivals: tuple[tuple[int, int], ...]

    @property
    def peak(self) -> tuple[int, int]:
        """The busiest quarter of an hour, the first of several."""
        return max(self.arrivals, key=lambda step: (step[1], -step[0]))


@dataclass(frozen=True, slots=True)
class Report:
    """Numbers of an event in which everybody counts once, however often they were scanned.

    Who came is everybody who passed any gate in, other than where one practises; among them people
    with a blank badge, whose country and category may not be known (name ""). Countries are
    codes (ISO 3166-1), or what people wrote that names none, most frequent first; categories are
    slugs. Only `feedback` holds words.
    """

    registered: int
    came: int
    days: tuple[Day, ...]
    countries: tuple[Share, ...]
    categories: tuple[tuple[Text, Share], ...]
    sessions: tuple[Attended, ...]
    feedback: tuple[Rated, ...]


def report(db: Connection) -> Report:
    """Return the numbers as they are known now."""
    tz = zone(db.execute(select(event.c.timezone)).scalar_one())
    people = {row.number: row for row in db.execute(_PEOPLE)}
    quarters: dict[date, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for number, moment in db.execute(_ARRIVALS):
        day = event_day(from_seconds(moment // 1000), tz)
        begin = to_seconds(day_bounds(day, tz)[0])
        start = begin + (moment // 1000 - begin) // QUARTER * QUARTER
        quarters[day][start].add(number)
    seen: set[int] = set()
    days = []
    for day, steps in sorted(quarters.items()):
        came = set().union(*steps.values())
        arrivals = tuple((start, len(who)) for start, who in sorted(steps.items()))
        days.append(Day(day, len(came), len(came - seen), arrivals))
        seen |= came
    registered = [row for row in people.values() if row.status == Status.REGISTERED]
    known = [people[number] for number in seen if number in people]
    nameless = len(seen) - len(known)
    by_slug = {s.name: s for s in _shares(registered, known, _category, nameless)}
    named = {item.slug: item.name for item in categories(db)}
    return Report(
        registered=len(registered),
        came=len(seen),
        days=tuple(days),
        countries=tuple(_shares(registered, known, _country, nameless)),
        categories=tuple((named.get(slug, {}), share) for slug, share in by_slug.items()),
        sessions=tuple(attendance(db)),
        feedback=tuple(rated(db)),
    )


def _shares(
    registered: Iterable[Any], came: Iterable[Any], part: Callable[[Any], str], nameless: int
) -> list[Share]:
    """Return parts of all people, most of those who came first, and those not known last."""
    spelt: dict[str, str] = {}
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter({"": nameless}))
    for counted, people in zip(counts, (registered, came), strict=True):
        for person in people:
            value = part(person)
            counted[spelt.setdefault(value.casefold(), value)] += 1
    found = [Share(value, counts[0][value], counts[1][value]) for value in counts[0] | counts[1]]
    some = [share for share in found if share.registered or share.came]
    return sorted(some, key=lambda s: (not s.name, -s.came, -s.registered, s.name))


def _category(person: Any) -> str:
    return person.category or ""


def _country(person: Any) -> str:
    """Return a country's code, or what somebody wrote that names none."""
    written = person.country or ""
    return country_code(written) or written


_PEOPLE = select(holder.c.number, attendee.c.status, attendee.c.country, attendee.c.category).join(
    attendee, attendee.c.id == holder.c.attendee_id
)
_ARRIVALS = (
    select(scan.c.holder, scan.c.t_est)
    .join(gate, gate.c.id == scan.c.gate_id)
    .where(ARRIVED, gate.c.policy != str(Policy.PRACTICE))
)
