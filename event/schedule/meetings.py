"""Meetings: who meets whom, when and at which table, as the organiser has them."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, select, update

from event.agenda.model import State
from event.errors import Invalid, NotFound, Stale
from event.people.model import guid_of
from event.tables import attendee, meeting_guest, room, session
from event.tables import meeting as table
from event.text import Text, clean, parse

LONGEST = {"title": 200, "place": 100}
MOST_MINUTES, MOST_GUESTS = 24 * 60, 50


class Answer(StrEnum):
    """What a guest said; `proposed` means another time."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Guest:
    """One who is asked to a meeting; moments are UTC seconds."""

    attendee_id: int
    answer: Answer = Answer.INVITED
    proposed_at: int | None = None
    answered_at: int | None = None
    name: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting at a table (`place`), in a room or not.

    With a session it begins `after` so many seconds of its start, and is held if that is: it moves
    with it. `starts_at`, in UTC seconds, and `state` are as things are now; `own_state` is what was
    set.
    """

    id: int
    guid: str
    starts_at: int
    title: str = ""
    place: str = ""
    room_id: int | None = None
    session_id: int | None = None
    after: int = 0
    minutes: int = 30
    state: State = State.CONFIRMED
    own_state: State = State.CONFIRMED
    version: int = 1
    sequence: int = 0
    changed_at: int = 0
    reason: Text = dataclasses.field(default_factory=dict)
    guests: tuple[Guest, ...] = ()


EDITABLE = frozenset(
    {"title", "place", "room_id", "session_id", "after", "starts_at", "minutes", "state"}
)
"""What `change_meeting` takes beside guests."""
_PLACED = ("starts_at", "minutes", "room_id", "place", "state", "session_id", "after")


def add_meeting(
    db: Connection, values: Mapping[str, Any], guests: Collection[int], *, guid: str, at: int
) -> Meeting:
    """Ask attendees to a meeting and return it; a guid that is there returns that meeting.

    Raises Invalid when a value breaks a rule.
    """
    guid = guid_of(guid)
    known = db.execute(_BY_GUID, {"guid": guid}).scalar()
    if known is not None:
        return find_meeting(db, known)
    made = _checked(db, _changed(Meeting(0, guid, 0), values))
    if "starts_at" not in values and made.session_id is None:
        raise Invalid("A meeting has a time, or a session in which it is held.")
    row = _row(made) | {"guid": guid, "changed_at": at}
    number = db.execute(table.insert().returning(table.c.id), row).scalar_one()
    _ask(db, number, guests)
    return find_meeting(db, number)


def change_meeting(
    db: Connection,
    number: int,
    values: Mapping[str, Any],
    guests: Collection[int] | None = None,
    *,
    at: int,
    if_version: frozenset[int] | None = None,
) -> Meeting:
    """Change what is named, and who is asked; return the meeting as it is now.

    When time or place differ everybody is asked again, but who had proposed just that. Raises
    NotFound, Stale when `if_version` does not hold, Invalid.
    """
    db.execute(_LOCK, {"wanted": number})
    old = find_meeting(db, number)
    if if_version is not None and old.version not in if_version:
        raise Stale("Somebody else changed this meeting; get it again.")
    own = as_set(old)
    new = _checked(db, _changed(own, values))
    is_other = guests is not None and set(guests) != {one.attendee_id for one in old.guests}
    if new == own and not is_other:
        return old
    is_moved = any(getattr(new, name) != getattr(own, name) for name in _PLACED)
    counters = {"version": old.version + 1, "sequence": old.sequence + is_moved, "changed_at": at}
    db.execute(_UPDATE, _row(new) | counters | {"wanted": number})
    if is_moved:
        begins = find_meeting(db, number).starts_at
        db.execute(_ACCEPTED, {"wanted": number, "begins": begins, "moment": at})
        db.execute(_ASK_AGAIN, {"wanted": number, "begins": begins})
    if guests is not None:
        _ask(db, number, guests)
    return find_meeting(db, number)


def find_meeting(db: Connection, number: int) -> Meeting:
    """Return a meeting with its guests. Raises NotFound."""
    for found in _meetings(db, _ALL.where(table.c.id == number)):
        return found
    raise NotFound("There is no such meeting.")


def meetings(db: Connection, *, of: int | None = None) -> list[Meeting]:
    """Return all meetings, or those `of` an attendee, with their guests, in time order."""
    if of is None:
        return _meetings(db, _ALL)
    mine = select(meeting_guest.c.meeting_id).where(meeting_guest.c.attendee_id == of)
    return _meetings(db, _ALL.where(table.c.id.in_(mine)))


def as_set(found: Meeting) -> Meeting:
    """Return a meeting in the state of its own, whatever its session makes of that for a while."""
    return dataclasses.replace(found, state=found.own_state)


def _changed(old: Meeting, values: Mapping[str, Any]) -> Meeting:
    if unknown := set(values) - EDITABLE:
        raise Invalid(f"A meeting has no “{min(unknown)}”.")
    # A time of its own ends what a meeting followed.
    loose = {"session_id": None, "after": 0} if "starts_at" in values else {}
    new = dataclasses.replace(old, **loose | dict(values))
    return dataclasses.replace(new, title=clean(new.title), place=clean(new.place))


def _checked(db: Connection, new: Meeting) -> Meeting:
    for name, most in LONGEST.items():
        if len(getattr(new, name)) > most:
            raise Invalid(f"A meeting's {name} has at most {most} characters.")
    if not 1 <= new.minutes <= MOST_MINUTES:
        raise Invalid(f"A meeting lasts between 1 and {MOST_MINUTES} minutes.")
    if new.state not in {State.CONFIRMED, State.CANCELLED}:
        raise Invalid("A meeting is confirmed or cancelled.")
    if new.room_id is not None and not db.execute(_ROOM, {"wanted": new.room_id}).first():
        raise Invalid(f"There is no room {new.room_id}.")
    if new.session_id is None:
        return new
    starts_at = db.execute(_SESSION, {"wanted": new.session_id}).scalar()
    if starts_at is None:
        raise Invalid(f"There is no session {new.session_id}.")
    return dataclasses.replace(new, starts_at=starts_at + new.after)


def _row(item: Meeting) -> dict[str, Any]:
    return {name: getattr(item, name) for name in EDITABLE} | {"state": str(item.state)}


def _ask(db: Connection, number: int, guests: Collection[int]) -> None:
    """Make these the guests; who was asked before keeps their answer."""
    wanted = set(guests)
    if not 1 <= len(wanted) <= MOST_GUESTS:
        raise Invalid(f"A meeting has between 1 and {MOST_GUESTS} guests.")
    if missing := wanted - set(db.execute(_PEOPLE, {"ids": list(wanted)}).scalars()):
        raise Invalid(f"There is no attendee {min(missing)}.")
    asked = set(db.execute(_GUESTS, {"wanted": number}).scalars())
    if gone := asked - wanted:
        db.execute(_DROP, {"wanted": number, "ids": list(gone)})
    rows = [
        {"meeting_id": number, "attendee_id": who, "answer": Answer.INVITED}
        for who in sorted(wanted - asked)
    ]
    if rows:
        db.execute(meeting_guest.insert(), rows)


def _meetings(db: Connection, statement: Select[Any]) -> list[Meeting]:
    rows = db.execute(statement).all()
    guests: dict[int, list[Guest]] = {}
    for row in db.execute(_WITH_NAMES, {"ids": [row.id for row in rows]}):
        name = f"{row.given_name} {row.surname}".strip() or row.organisation
        one = Guest(row.attendee_id, Answer(row.answer), row.proposed_at, row.answered_at, name,
                    row.organisation)  # fmt: skip
        guests.setdefault(row.meeting_id, []).append(one)
    found = [_meeting(row, guests.get(row.id, ())) for row in rows]
    return sorted(found, key=lambda one: (one.starts_at, one.id))


def _meeting(row: Row[Any], guests: Sequence[Guest]) -> Meeting:
    """Return a meeting as it stands with the session it is held in."""
    names = {field.name for field in dataclasses.fields(Meeting)}
    values = {name: getattr(row, name) for name in names - {"own_state", "reason", "guests"}}
    values["state"] = values["own_state"] = State(row.state)
    reason: Text = {}
    if row.session_start is not None:
        values["starts_at"] = row.session_start + row.after
        # A later change of the session is a later change of the meeting.
        values["sequence"] += row.session_sequence
        values["changed_at"] = max(row.changed_at, row.session_changed or 0)
        if values["state"] is not State.CANCELLED and row.session_state in _FOLLOWED:
            values["state"], reason = _FOLLOWED[row.session_state], parse(row.session_reason)
    return Meeting(**values, reason=reason, guests=tuple(guests))


_FOLLOWED = {
    State.CANCELLED: State.CANCELLED,
    State.SUSPENDED: State.SUSPENDED,
    # Nobody knows of a draft's times.
    State.DRAFT: State.SUSPENDED,
}
"""What a session's state makes of a meeting held in it."""
_ALL = select(
    table,
    session.c.starts_at.label("session_start"),
    session.c.state.label("session_state"),
    session.c.reason.label("session_reason"),
    session.c.sequence.label("session_sequence"),
    session.c.changed_at.label("session_changed"),
).outerjoin(session, session.c.id == table.c.session_id)
_WITH_NAMES = (
    select(meeting_guest, attendee.c.given_name, attendee.c.surname, attendee.c.organisation)
    .join(attendee, attendee.c.id == meeting_guest.c.attendee_id)
    .where(meeting_guest.c.meeting_id.in_(bindparam("ids", expanding=True)))
    .order_by(meeting_guest.c.meeting_id, meeting_guest.c.attendee_id)
)
_BY_GUID = select(table.c.id).where(table.c.guid == bindparam("guid"))
_LOCK = select(table.c.id).where(table.c.id == bindparam("wanted")).with_for_update()
_UPDATE = update(table).where(table.c.id == bindparam("wanted"))
_ROOM = select(room.c.id).where(room.c.id == bindparam("wanted"))
_SESSION = select(session.c.starts_at).where(session.c.id == bindparam("wanted"))
_PEOPLE = select(attendee.c.id).where(attendee.c.id.in_(bindparam("ids", expanding=True)))
_OF = meeting_guest.c.meeting_id == bindparam("wanted")
_GUESTS = select(meeting_guest.c.attendee_id).where(_OF)
_DROP = delete(meeting_guest).where(
    _OF, meeting_guest.c.attendee_id.in_(bindparam("ids", expanding=True))
)
_ACCEPTED = (
    update(meeting_guest)
    .where(_OF, meeting_guest.c.proposed_at == bindparam("begins"))
    .values(answer=str(Answer.ACCEPTED), answered_at=bindparam("moment"))
)
_ASK_AGAIN = (
    update(meeting_guest)
    .where(_OF, meeting_guest.c.proposed_at.is_distinct_from(bindparam("begins")))
    .values(answer=str(Answer.INVITED), proposed_at=None, answered_at=None)
)
