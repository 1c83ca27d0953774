"""Attendees: add, find, change, substitute."""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select, update

from badges.code import Unreadable
from badges.short import read_short
from event.errors import Conflict, Invalid, NotFound, Stale
from event.people.categories import categories
from event.people.holders import new_holders
from event.people.model import EVERY_DAY, Attendee, Status
from event.tables import attendee, device, enrolment, holder, token
from event.text import LANGUAGE, clean, fold

LONGEST = {"given_name": 100, "surname": 100, "email": 254, "organisation": 200, "position": 200,
           "country": 100, "external_id": 100, "box_slot": 20, "note": 500}  # fmt: skip
"""Characters of each text at most."""
EDITABLE = {*LONGEST, "language", "category", "status", "party_id", "days", "look_at_id", "minor"}
"""What `change` takes."""
MOST_FOUND = 50

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
    if person.guid and (known := db.execute(_BY_GUID, {"guid": person.guid}).first()):
        return attendee_of(known)
    return add_all(db, [person], at=at)[0]


def add_all(db: Connection, people: Sequence[Attendee], *, at: int) -> list[Attendee]:
    """Add attendees with a holder each; return them with their ids, in order.

    Raises Invalid when a value breaks a rule, Conflict when an external id is taken.
    """
    if not people:
        return []
    known = {item.slug for item in categories(db)}
    # A place in a party or a blank may be without a name for now.
    checked = [
        _checked(person, known, nameless=person.source in {"party", "blank"}) for person in people
    ]
    rows = [_row(p, at=at) | {"guid": p.guid or str(uuid4()), "version": 1,
                              "registered_at": at} for p in checked]  # fmt: skip
    taken = db.execute(_EXTERNAL, {"ids": [row["external_id"] for row in rows]}).scalars().all()
    if taken:
        raise Conflict(f"The external id {taken[0]} belongs to another attendee.")
    db.execute(attendee.insert(), rows)
    guids = [row["guid"] for row in rows]
    ids = {row.guid: row.id for row in db.execute(_IDS, {"guids": guids})}
    numbers = new_holders(db, [ids[guid] for guid in guids], at=at)
    made = zip(rows, numbers, strict=True)
    return [
        dataclasses.replace(
            person, id=ids[row["guid"]], holder=number, **{name: row[name] for name in
                                                           ("guid", "registered_at", "changed_at")}
        )
        for person, (row, number) in zip(checked, made, strict=True)
    ]  # fmt: skip


def find(db: Connection, id: int) -> Attendee:  # noqa: A002
    """Return an attendee. Raises NotFound."""
    row = db.execute(_BY_ID, {"id": id}).first()
    if row is None:
        raise NotFound("There is no such attendee; search by name.")
    return attendee_of(row)


def of_holder(db: Connection, number: int) -> Attendee | None:
    """Return whose badge that is, None for a blank and for nobody's."""
    row = db.execute(_BY_HOLDER, {"holder": number}).first()
    return attendee_of(row) if row else None


def everyone(db: Connection) -> list[Attendee]:
    """Return all attendees by id."""
    return [attendee_of(row) for row in db.execute(_ALL)]


def search(db: Connection, text: str, *, limit: int = MOST_FOUND) -> list[Attendee]:
    """Return those in whom every word is found, however spelt: lodz finds Łódź.

    Words are looked for in name, organisation, e-mail, external id and box slot; a short code
    finds whose it is.
    """
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
    now = _locked(db, id)
    if if_version is not None and now.version not in if_version:
        raise Stale("Somebody else changed this attendee; get it again.")
    if now.status is Status.REPLACED:
        raise Conflict("A colleague comes instead; change the one who comes.")
    if unknown := set(values) - EDITABLE:
        raise Invalid(f"{min(unknown)} cannot be changed.")
    known = {item.slug for item in categories(db)}
    nameless = not (now.given_name or now.surname)
    new = _checked(dataclasses.replace(now, **values), known, nameless=nameless)
    if new == now:
        return now
    if new.external_id != now.external_id and new.external_id:
        taken = db.execute(_EXTERNAL, {"ids": [new.external_id]}).scalars().all()
        if taken:
            raise Conflict(f"The external id {taken[0]} belongs to another attendee.")
    _store(db, new, at=at)
    return find(db, id)


def substitute(
    db: Connection,
    id: int,  # noqa: A002
    person: Attendee,
    *,
    at: int,
) -> Attendee:
    """Let a new person come instead: a new badge for them, the old one dies, with its phones.

    Organisation, category, days, party and bookings pass on. The guid of an earlier substitute
    returns that one: a retry is harmless. Raises NotFound, Invalid, and Conflict when somebody
    else comes instead already.
    """
    old = _locked(db, id)
    if person.guid and (known := db.execute(_BY_GUID, {"guid": person.guid}).first()):
        return attendee_of(known)
    if old.status is Status.REPLACED:
        raise Conflict("Somebody comes instead already; substitute that one.")
    passed_on = ("category", "days", "party_id", "source", "language", "country")
    new = dataclasses.replace(
        person,
        organisation=person.organisation or old.organisation,
        replaces_id=old.id,
        **{name: getattr(old, name) for name in passed_on},
    )
    # The list they come from still names the old one; the id passes on, so that it finds the new.
    _store(db, dataclasses.replace(old, status=Status.REPLACED, external_id=None), at=at)
    added = add(db, dataclasses.replace(new, external_id=old.external_id), at=at)
    lock_out(db, id, at=at)
    return added


def lock_out(db: Connection, id: int, *, at: int) -> None:  # noqa: A002
    """Revoke the phones and links of an attendee."""
    for statement in _LOCK_OUT:
        db.execute(statement, {"attendee": id, "moment": at})


def attendee_of(row: Any) -> Attendee:
    """Return the attendee of a row of `attendee` joined with its holder."""
    values = {name: value for name, value in row._mapping.items() if name != "folded"}  # noqa: SLF001
    values |= {name: bool(values[name]) for name in _FLAGS}
    return Attendee(**values | {"status": Status(values["status"])})


def _locked(db: Connection, id: int) -> Attendee:  # noqa: A002
    db.execute(_LOCK, {"id": id})
    return find(db, id)


def _store(db: Connection, person: Attendee, *, at: int) -> None:
    row = _row(person, at=at) | {"version": person.version + 1}
    db.execute(_UPDATE, row | {"own_id": person.id})


def _row(person: Attendee, *, at: int) -> dict[str, Any]:
    row = {name: getattr(person, name) for name in _OWN}
    row |= {name: int(row[name]) for name in _FLAGS} | {"status": str(person.status)}
    words = (person.given_name, person.surname, person.organisation, person.email,
             person.external_id or "", person.box_slot)  # fmt: skip
    return row | {"folded": fold(" ".join(words)), "changed_at": at}


def _checked(person: Attendee, known: Iterable[str], *, nameless: bool) -> Attendee:
    """Return an attendee with clean texts. Raises Invalid."""
    texts: dict[str, Any] = {
        name: " ".join(clean(getattr(person, name) or "").split()) for name in LONGEST
    }
    for name, value in texts.items():
        if len(value) > LONGEST[name]:
            raise Invalid(f"{name} has more than {LONGEST[name]} characters.")
    if not (texts["given_name"] or texts["surname"] or nameless):
        raise Invalid("An attendee needs a given name or a surname.")
    if texts["email"] and not re.fullmatch(r"[^\s@]+@[^\s@]+", texts["email"]):
        raise Invalid("The e-mail address is none; correct it or leave it out.")
    if person.language and not LANGUAGE.fullmatch(person.language):
        raise Invalid(f"“{person.language}” is not a language tag such as en or pl.")
    if person.category not in known:
        raise Invalid(f"There is no category “{person.category}”; add it first.")
    if not 0 <= person.days <= EVERY_DAY:
        raise Invalid("days is a bitmap of at most 16 event days.")
    return dataclasses.replace(person, **texts | {"external_id": texts["external_id"] or None})


_COLUMNS = [column for column in attendee.columns if column.name != "folded"]
_ALL = (
    select(*_COLUMNS, holder.c.number.label("holder"), holder.c.phone, holder.c.paper)
    .join(holder, holder.c.attendee_id == attendee.c.id)
    .order_by(attendee.c.id)
)
_BY_ID = _ALL.where(attendee.c.id == bindparam("id"))
_BY_GUID = _ALL.where(attendee.c.guid == bindparam("guid"))
_BY_HOLDER = _ALL.where(holder.c.number == bindparam("holder"))
_IDS = select(attendee.c.id, attendee.c.guid).where(
    attendee.c.guid.in_(bindparam("guids", expanding=True))
)
_EXTERNAL = select(attendee.c.external_id).where(
    attendee.c.external_id.in_(bindparam("ids", expanding=True))
)
_LOCK = select(attendee.c.id).where(attendee.c.id == bindparam("id")).with_for_update()
_UPDATE = update(attendee).where(attendee.c.id == bindparam("own_id"))
_DEVICES = select(device.c.id).where(device.c.attendee_id == bindparam("attendee"))
_LOCK_OUT = (
    update(token)
    .where(token.c.device_id.in_(_DEVICES), token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment")),
    update(device)
    .where(device.c.attendee_id == bindparam("attendee"), device.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment")),
    update(enrolment)
    .where(enrolment.c.attendee_id == bindparam("attendee"), enrolment.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment")),
)
