"""Lists of meetings: what would become different, and making it so."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from event.agenda.model import State, guid_of
from event.formats.imported import Report
from event.formats.meetings import Row
from event.people.attendees import everyone
from event.people.model import Attendee, Status
from event.schedule.meetings import (
    Meeting,
    add_meeting,
    as_set,
    change_meeting,
    find_meeting,
    meetings,
)
from event.tables import room, session
from event.text import fold, parse

_SOURCE = "meetings"
_IMPORTED = 5
"""The version of the UUIDs of meetings that came from a list (RFC 9562, section 5.5)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A meeting of a list, with what the database knows of it."""

    guid: str
    values: dict[str, Any]
    guests: tuple[int, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a list would change; `missing` are meetings of a list before that this one lacks."""

    added: list[Wanted]
    changed: list[tuple[Meeting, Wanted]]
    missing: list[Meeting]
    is_first: bool


def planned(db: Connection, rows: Sequence[Row], report: Report) -> Plan:
    """Return what a list would change; rows whose people or break nobody knows are lost."""
    wanted = _wanted(db, rows, report)
    known = {one.guid: as_set(one) for one in meetings(db) if UUID(one.guid).version == _IMPORTED}
    named = {one.guid for one in wanted}
    return Plan(
        added=[one for one in wanted if one.guid not in known],
        changed=[
            (old, one) for one in wanted if (old := known.get(one.guid)) and _differs(old, one)
        ],
        missing=[
            one
            for one in known.values()
            if one.guid not in named and one.state is not State.CANCELLED
        ],
        is_first=not known,
    )


def carry_out(db: Connection, plan: Plan, *, cancel_missing: bool, at: int) -> None:
    """Make a plan so; doing it again changes nothing. Raises what the domain does."""
    for one in plan.added:
        add_meeting(db, one.values, one.guests, guid=one.guid, at=at)
    for old, one in plan.changed:
        change_meeting(db, old.id, one.values, one.guests, at=at)
    for old in plan.missing if cancel_missing else ():
        change_meeting(db, old.id, {"state": State.CANCELLED}, at=at)


def shown(db: Connection, old: Meeting, one: Wanted) -> str:
    """Return in words how a meeting would differ."""
    now = as_set(find_meeting(db, old.id))
    said = [name for name, value in one.values.items() if getattr(now, name) != value]
    is_other = set(one.guests) != {guest.attendee_id for guest in now.guests}
    return ", ".join([*said, "guests"] if is_other else said)


def _differs(old: Meeting, one: Wanted) -> bool:
    is_same = all(getattr(old, name) == value for name, value in one.values.items())
    return not is_same or set(one.guests) != {guest.attendee_id for guest in old.guests}


def _wanted(db: Connection, rows: Sequence[Row], report: Report) -> list[Wanted]:
    people = _people(everyone(db))
    rooms, sessions = _named(db, room, room.c.name), _named(db, session, session.c.title)
    starts = {
        row.id: row.starts_at for row in db.execute(select(session.c.id, session.c.starts_at))
    }
    found: dict[str, Wanted] = {}
    times: Counter[tuple[int, ...]] = Counter()
    for row in rows:
        guests = _guests(row, people, report)
        around = _one(sessions, row.around)
        if row.around and around is None:
            report.lost(row.where, f"no single session “{row.around}”", "left out")
            continue
        if guests is None:
            continue
        said = {"title": row.title, "place": row.table, "minutes": row.minutes,
                "room_id": _one(rooms, row.room)}  # fmt: skip
        if row.room and said["room_id"] is None:
            report.lost(row.where, f"no single room “{row.room}”", "left out")
        # What a list does not say stays as it is.
        values: dict[str, Any] = {name: value for name, value in said.items() if value}
        values["state"] = State.CONFIRMED
        if around is None:
            values |= {"starts_at": row.starts_at, "session_id": None}
        else:
            begins = starts[around]
            after = 0 if row.starts_at is None else row.starts_at - begins
            values |= {"session_id": around, "after": after}
        times[guests] += 1
        name = row.id or f"{guests} {times[guests]}"
        guid = guid_of(_SOURCE, name)
        if guid in found:
            report.lost(row.where, f"the same id as in {found[guid].where}", "the first counts")
            continue
        found[guid] = Wanted(guid, values, guests, row.where)
    return list(found.values())


def _people(people: Iterable[Attendee]) -> dict[str, set[int]]:
    """Return who is meant by an external id, an e-mail or a name."""
    found: dict[str, set[int]] = defaultdict(set)
    for person in people:
        if person.status is Status.REGISTERED:
            for words in (person.external_id, person.email, person.name,
                          f"{person.surname} {person.given_name}", person.guid):  # fmt: skip
                if words and words.strip():
                    found[fold(words)].add(person.id)
    return found


def _guests(row: Row, people: dict[str, set[int]], report: Report) -> tuple[int, ...] | None:
    """Return who meets, None when somebody is nobody we know, or could be two."""
    guests = set()
    for words in row.guests:
        meant = people.get(fold(words), set())
        if len(meant) != 1:
            what = f"{len(meant)} attendees are “{words}”"
            report.lost(row.where, what, "left out; name them by e-mail or external id")
            return None
        guests |= meant
    if len(guests) < 2:
        report.lost(row.where, "somebody would meet themselves", "left out")
        return None
    return tuple(sorted(guests))


def _named(db: Connection, table: Any, column: Any) -> dict[str, set[int]]:
    """Return the rows of a table by number and by each of their names."""
    found: dict[str, set[int]] = defaultdict(set)
    for number, names in db.execute(select(table.c.id, column)):
        for words in (str(number), *parse(names).values()):
            found[fold(words)].add(number)
    return found


def _one(named: dict[str, set[int]], words: str) -> int | None:
    meant: Collection[int] = named.get(fold(words), ()) if words else ()
    return next(iter(meant)) if len(meant) == 1 else None
