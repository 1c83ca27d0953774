"""What the server knows when it decides on scans: of gates, keys and people, and who is where."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select, true

from event.door import decide
from event.door.decide import Badge, Door, Key, Outcome, Passage, Policy, day_begins, event_day
from event.door.gates import SESSION, Gate, days_between, find_gate, gate_of, rules
from event.door.history import Course, after, followed
from event.door.passages import PASSAGE, Pair, cleared, course_at
from event.door.roster import BADGE, badge_of, key_of
from event.door.scans import Scan, entry_of
from event.door.turns import wait_for_places
from event.errors import NotFound
from event.people.badge_keys import KEY, key_at
from event.people.categories import KNOWN, categories
from event.tables import (
    attendee,
    badge_key,
    booking,
    category,
    event,
    gate,
    holder,
    passage,
    scan,
    session,
)
from event.tables.door import is_said
from event.tables.many import among


@dataclass(frozen=True, slots=True)
class Person:
    """What a door may see of whom it let in or not."""

    given_name: str
    surname: str
    organisation: str
    category: str
    note: str


@dataclass(frozen=True, slots=True)
class Place:
    """A gate, its rules as they are now, and when everybody was last sent out (milliseconds)."""

    gate: Gate
    rules: decide.Gate
    cleared: int


@dataclass(slots=True)
class Known:
    """All that decisions at some gates about some holders depend on.

    `courses` and `inside` (people by gate, where a capacity limits them) follow the decisions as
    they are made. `unclear` says that one was no plain continuation of what was known, so that only
    all scans tell where its holder stands.
    """

    event: UUID
    days: tuple[tuple[int, int], ...]
    keys: Mapping[int, Key]
    places: Mapping[str, Place]
    badges: Mapping[int, Badge]
    people: Mapping[int, Person]
    booked: Collection[tuple[int | None, int | None]]
    courses: dict[Pair, Course]
    inside: dict[int, int]
    unclear: bool

    def door(self, place: Place, number: int | None) -> Door:
        """Return what a decision about one holder depends on."""
        passages = {}
        if number is not None and (course := self.courses.get((place.gate.id, number))):
            passages[number] = Passage(
                course.entries,
                course.days,
                course.inside,
                course.last_at // 1000,
                course.last_device,
            )
        is_booked = (place.gate.session_id, number) in self.booked
        return Door(
            event=self.event,
            days=self.days,
            keys=self.keys,
            badges=self.badges,
            gate=place.rules,
            passages=passages,
            booked=(number,) if number is not None and is_booked else (),
            inside=self.inside.get(place.gate.id, 0),
            complete=True,
        )

    def enter(self, place: Place, scan: Scan) -> bool:
        """Let a decision count for those after it; say whether somebody passed by it."""
        policy, number = place.rules.policy, place.gate.id
        is_in = scan.outcome == Outcome.ADMITTED and policy is not Policy.PRACTICE
        if scan.holder is None or not is_in:
            return False
        if scan.holder not in self.badges:
            self.unclear = True  # they are nobody: that is to be looked into
            return False
        before, entry = self.courses.get((number, scan.holder)), entry_of(scan)
        plain = followed(before, [entry], cleared=place.cleared, policy=policy, day_of=self._day_of)
        self.unclear = self.unclear or plain is None
        course = plain or after(before, entry, self._day_of)
        self.courses[number, scan.holder] = course
        if number in self.inside:
            is_today = before and self._day_of(before.last_at) == self._day_of(scan.t_est)
            was_inside = bool(before and before.inside and is_today)
            self.inside[number] += course.inside - was_inside
        return True

    def _day_of(self, at: int) -> int | None:
        return event_day(self.days, at // 1000)


def look_up(
    db: Connection, slugs: Collection[str], holders: Iterable[int], names: Iterable[str], *, at: int
) -> Known:
    """Return what is known of some gates, holders and scans at a moment in Unix milliseconds.

    A gate that does not exist is not in it. Whoever else wants to know of one whose places are
    counted waits for this transaction. Raises NotFound without gates or without an event.
    """
    rows = db.execute(_PLACES, {"slugs": list(slugs), "names": list(names)}).all()
    if not rows:
        for slug in slugs:
            find_gate(db, slug)
        raise NotFound("There is no event yet; import an agenda.", code="no-event")
    occasion = rows[0]
    days = days_between(occasion.starts_on, occasion.ends_on, occasion.timezone)
    places = _places(db, {row.slug: row for row in rows if row.id is not None})
    badges, people, courses, ids = {}, {}, {}, {}
    for row in db.execute(_HOLDERS, {"holders": list(holders)}):
        badges[row.number] = badge_of(row, row.category_number or _NUMBERS.get(row.category, 0))
        if row.attendee_id is not None:
            ids[row.attendee_id] = row.number
            people[row.number] = Person(
                row.given_name, row.surname, row.organisation, row.category, row.note
            )
        if row.last_at is not None:
            courses[row.gate_id, row.number] = course_at(row)
    limited = [place.gate.id for place in places.values() if place.rules.capacity is not None]
    if limited:
        wait_for_places(db, limited)
    return Known(
        event=UUID(occasion.uuid),
        days=days,
        keys={row.slot: key_of(key_at(row)) for row in rows if row.slot is not None},
        places=places,
        badges=badges,
        people=people,
        booked=_booked(db, places, ids),
        courses=courses,
        inside=_inside(db, limited, since=day_begins(days, at // 1000) * 1000) if limited else {},
        unclear=bool(occasion.told),
    )


def _places(db: Connection, rows: Mapping[str, Any]) -> dict[str, Place]:
    found = {slug: (gate_of(row), row) for slug, row in rows.items()}
    numbers = {}
    if any(item.categories for item, _ in found.values()):
        numbers = {known.slug: known.number for known in categories(db)}
    return {
        slug: Place(
            item,
            rules(item, None if item.session_id is None else row, numbers),
            row.cleared or 0,
        )
        for slug, (item, row) in found.items()
    }


def _booked(
    db: Connection, places: Mapping[str, Place], ids: Mapping[int, int]
) -> set[tuple[int | None, int | None]]:
    """Return sessions and holders who have a seat there; `ids` are holders by attendee."""
    if not any(place.rules.needs_booking for place in places.values()):
        return set()
    rows = db.execute(_BOOKED, {"ids": list(ids)})
    return {(row.session_id, ids[row.attendee_id]) for row in rows}


def _inside(db: Connection, gates: list[int], *, since: int) -> dict[int, int]:
    """Return how many are inside gates, of those who passed there since a moment."""
    rows = db.execute(_INSIDE, {"gates": gates, "since": since})
    return dict.fromkeys(gates, 0) | {row.gate_id: row.people for row in rows}


BOOKED = "booked"
"""The state of a booking that lets in."""
_NUMBERS = {item.slug: item.number for item in KNOWN}
_PLACES = (
    select(
        gate,
        *SESSION,
        *(event.c.uuid, event.c.starts_on, event.c.ends_on, event.c.timezone),
        cleared(gate.c.id).label("cleared"),
        select(scan.c.id)
        .where(is_said(scan), among(scan.c.target, "names"))
        .exists()
        .label("told"),
        *KEY,
    )
    .select_from(event)
    .outerjoin(badge_key, true())
    .outerjoin(gate, among(gate.c.slug, "slugs"))
    .outerjoin(session, session.c.id == gate.c.session_id)
)
"""All in one statement, for each is waited for: a row for each key and gate, if there are any."""
_HOLDERS = (
    select(
        *BADGE,
        attendee.c.given_name,
        attendee.c.surname,
        attendee.c.organisation,
        category.c.number.label("category_number"),
        *PASSAGE,
    )
    .select_from(holder)
    .outerjoin(attendee, attendee.c.id == holder.c.attendee_id)
    .outerjoin(category, category.c.slug == attendee.c.category)
    .outerjoin(passage, passage.c.holder == holder.c.number)
    .where(among(holder.c.number, "holders"))
)
_BOOKED = select(booking.c.session_id, booking.c.attendee_id).where(
    among(booking.c.attendee_id, "ids"), booking.c.state == BOOKED
)
_INSIDE = (
    select(passage.c.gate_id, func.count().label("people"))
    .where(
        among(passage.c.gate_id, "gates"),
        passage.c.inside == 1,
        passage.c.last_at >= bindparam("since"),
    )
    .group_by(passage.c.gate_id)
)
