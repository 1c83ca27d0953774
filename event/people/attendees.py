"""Attendees: add, find, change."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, case, select, update

from badges.code import Unreadable
from badges.short import read_short
from event.database import take_turns
from event.errors import Conflict, Invalid, NotFound, Stale
from event.people.categories import categories
from event.people.claims import remember
from event.people.holders import new_holders
from event.people.model import Attendee, Status, guid_of
from event.people.rules import LONGEST, checked_attendee
from event.tables import attendee, holder, party
from event.tables.many import among
from event.text import clean, fold

EDITABLE = {*LONGEST, "language", "category", "status", "party_id", "days", "look_at_id", "minor"}
"""What `change` takes."""
MOST_FOUND = 50
LONGEST_SEARCH = 200
"""Characters that are looked at."""

_FLAGS = {"look_at_id", "minor"}
_OWN = tuple(
    field.name
    for field in dataclasses.fields(Attendee)
    if field.name not in {"id", "holder", "phone", "paper"}
)


def add(db: Connection, person: Attendee, *, at: int) -> Attendee:
    """Add one attendee with a holder and return them.

    A guid that is there already returns that attendee: a repeated request adds nobody twice. Raises
    Invalid and Conflict as `add_all`.
    """
    take_turns(db)
    if known := of_guid(db, person.guid):
        return known
    return add_all(db, [person], at=at)[0]


def add_all(db: Connection, people: Sequence[Attendee], *, at: int) -> list[Attendee]:
    """Add attendees with a holder each; return them with their ids, in order.

    Raises Invalid when a value breaks a rule, Conflict when an external id or guid is taken.
    """
    take_turns(db)
    known = {item.slug for item in categories(db)}
    # A place in a party or a blank may be without a name for now.
    checked = [
        checked_attendee(person, known, nameless=person.source in {"party", "blank"})
        for person in people
    ]
    _check_parties(db, checked)
    rows = [_row(person, at=at) | {"version": 1, "registered_at": at} for person in checked]
    guids = [person.guid for person in checked]
    _check_external(db, [person.external_id for person in checked if person.external_id])
    if len(set(guids)) < len(guids) or _ids(db, guids):
        raise Conflict("Two attendees have the same guid; leave it out for a new one.")
    if rows:
        db.execute(attendee.insert(), rows)
    ids = _ids(db, guids)
    numbers = new_holders(db, [ids[guid] for guid in guids], at=at)
    return [
        dataclasses.replace(
            person, id=ids[person.guid], holder=number, version=1, registered_at=at, changed_at=at
        )
        for person, number in zip(checked, numbers, strict=True)
    ]


def find(db: Connection, id: int) -> Attendee:  # noqa: A002
    """Return an attendee. Raises NotFound."""
    row = db.execute(_BY_ID, {"id": id}).first()
    if row is None:
        raise NotFound("There is no such attendee; search by name.")
    return attendee_of(row)


def of_guid(db: Connection, guid: str) -> Attendee | None:
    """Return who has that guid, None for nobody and for an empty one."""
    row = db.execute(_BY_GUID, {"guid": guid_of(guid)}).first() if guid else None
    return attendee_of(row) if row else None


def of_holder(db: Connection, number: int) -> Attendee | None:
    """Return whose badge that is, None for a blank and for nobody's."""
    row = db.execute(_BY_HOLDER, {"holder": number}).first()
    return attendee_of(row) if row else None


def of_party(db: Connection, party_id: int) -> list[Attendee]:
    """Return the places of a party by id, those without a name too."""
    return [attendee_of(row) for row in db.execute(_OF_PARTY, {"party": party_id})]


def everyone(db: Connection, *, before: int | None = None) -> list[Attendee]:
    """Return all attendees by id, or those who were registered before a moment in UTC seconds."""
    wanted = _ALL if before is None else _ALL.where(attendee.c.registered_at < before)
    return [attendee_of(row) for row in db.execute(wanted)]


def search(db: Connection, text: str, *, limit: int = MOST_FOUND) -> list[Attendee]:
    """Return those in whom every word is found, however spelt: lodz finds Łódź.

    Words are looked for in name, organisation, e-mail, external id and box slot; a short code
    finds whose it is, and no word finds everyone.
    """
    text = clean(text[:LONGEST_SEARCH])
    with suppress(Unreadable):
        if named := of_holder(db, read_short(text)):
            return [named]
    statement = _ALL
    for word in fold(text).split()[:10]:
        statement = statement.where(attendee.c.folded.contains(word, autoescape=True))
    found = statement.order_by(None).order_by(attendee.c.surname, attendee.c.id).limit(limit)
    return [attendee_of(row) for row in db.execute(found)]


def change(
    db: Connection,
    id: int,  # noqa: A002
    values: Mapping[str, Any],
    *,
    at: int,
    if_version: frozenset[int] | None = None,
) -> Attendee:
    """Change what is named (of `EDITABLE`) and return the attendee; equal values change nothing.

    Raises NotFound, Stale when `if_version` does not hold, Invalid, and Conflict for somebody who
    was replaced.
    """
    take_turns(db)
    now = find(db, id)
    if if_version is not None and now.version not in if_version:
        raise Stale("Somebody else changed this attendee; get it again.")
    if now.status is Status.REPLACED:
        raise Conflict("A colleague comes instead; change the one who comes.")
    if unknown := set(values) - EDITABLE:
        raise Invalid(f"{min(unknown)} cannot be changed.")
    known = {item.slug for item in categories(db)}
    nameless = not (now.given_name or now.surname)
    new = checked_attendee(dataclasses.replace(now, **values), known, nameless=nameless)
    if new == now:
        return now
    if new.status is Status.REPLACED:
        raise Invalid("Nobody is replaced by a change; name the one who comes instead.")
    if new.external_id != now.external_id and new.external_id:
        _check_external(db, [new.external_id])
    if new.party_id != now.party_id:
        _check_parties(db, [new])
    store(db, new, at=at)
    return find(db, id)


def attendee_of(row: Any) -> Attendee:
    """Return the attendee of a row of `attendee` joined with its holder."""
    values = {name: value for name, value in row._mapping.items() if name != "folded"}  # noqa: SLF001
    values |= {name: bool(values[name]) for name in _FLAGS}
    return Attendee(**values | {"status": Status(values["status"])})


def _ids(db: Connection, guids: Sequence[str]) -> dict[str, int]:
    """Return the ids of those who are there, by guid."""
    return {row.guid: row.id for row in db.execute(_IDS, {"guids": guids})}


def _check_external(db: Connection, wanted: Sequence[str]) -> None:
    """Raise Conflict when an external id belongs to somebody, or to two of these."""
    taken = [name for name, count in Counter(wanted).items() if count > 1]
    taken += db.execute(_EXTERNAL, {"ids": wanted}).scalars()
    if taken:
        raise Conflict(f"The external id {taken[0]} belongs to another attendee; use another one.")


def _check_parties(db: Connection, people: Iterable[Attendee]) -> None:
    for number in {person.party_id for person in people} - {None}:
        if db.execute(_PARTY, {"party": number}).first() is None:
            raise Invalid("There is no such party; add it first.")


def store(db: Connection, person: Attendee, *, at: int) -> None:
    """Write down an attendee as the next version of themselves, with whatever is said of them."""
    store_all(db, [person], at=at)


def store_all(db: Connection, people: Iterable[Attendee], *, at: int) -> None:
    """Write down attendees as `store` does, at once; they must have been checked."""
    changed = list(people)
    remember(db, changed)
    rows = [
        _row(person, at=at)
        | {"version": person.version + 1, "own_id": person.id}
        | {"new_status": str(person.status), "now": at}
        for person in changed
    ]
    if rows:
        db.execute(_UPDATE, rows)


def _row(person: Attendee, *, at: int) -> dict[str, Any]:
    row = {name: getattr(person, name) for name in _OWN}
    row |= {name: int(row[name]) for name in _FLAGS} | {"status": str(person.status)}
    words = (person.given_name, person.surname, person.organisation, person.email,
             person.external_id or "", person.box_slot)  # fmt: skip
    return row | {"folded": fold(" ".join(words)), "changed_at": at}


_COLUMNS = [column for column in attendee.columns if column.name not in {"folded", "status_at"}]
_ALL = (
    select(*_COLUMNS, holder.c.number.label("holder"), holder.c.phone, holder.c.paper)
    .join(holder, holder.c.attendee_id == attendee.c.id)
    .order_by(attendee.c.id)
)
_BY_ID = _ALL.where(attendee.c.id == bindparam("id"))
_BY_GUID = _ALL.where(attendee.c.guid == bindparam("guid"))
_BY_HOLDER = _ALL.where(holder.c.number == bindparam("holder"))
_OF_PARTY = _ALL.where(attendee.c.party_id == bindparam("party"))
_IDS = select(attendee.c.id, attendee.c.guid).where(among(attendee.c.guid, "guids"))
_EXTERNAL = select(attendee.c.external_id).where(among(attendee.c.external_id, "ids"))
_PARTY = select(party.c.id).where(party.c.id == bindparam("party"))
_UPDATE = (
    update(attendee)
    .where(attendee.c.id == bindparam("own_id"))
    .values(
        status_at=case(
            (attendee.c.status != bindparam("new_status"), bindparam("now", type_=BigInteger)),
            else_=attendee.c.status_at,
        )
    )
)
