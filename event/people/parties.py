"""Parties: delegations that come with one contact, and names that may follow later."""

import re
from typing import Any

from sqlalchemy import Connection, bindparam, select

from event.database import take_turns
from event.errors import Invalid, NotFound
from event.people.attendees import add_all
from event.people.model import Attendee, Party, guid_of
from event.people.rules import EMAIL, LONGEST
from event.tables import party
from event.text import clean

MOST = 500


def add_party(
    db: Connection,
    *,
    name: str,
    contact_name: str,
    contact_email: str,
    size: int,
    category: str,
    guid: str,
    at: int,
) -> Party:
    """Add a party with `size` places, which are attendees without names so far.

    The guid of one that is there returns it unchanged. Raises Invalid.
    """
    take_turns(db)
    guid = guid_of(guid)
    if known := db.execute(_BY_GUID, {"guid": guid}).first():
        return find_party(db, known.id)
    if not clean(name):
        raise Invalid("A party needs a name, such as its organisation's.")
    texts = {"organisation": name, "surname": contact_name, "email": contact_email}
    for kind, text in texts.items():
        if len(text) > LONGEST[kind]:
            raise Invalid(f"“{text[:20]}…” has more than {LONGEST[kind]} characters; shorten it.")
    if clean(contact_email) and not re.fullmatch(EMAIL, clean(contact_email)):
        raise Invalid("The contact's e-mail address is none; correct it or leave it out.")
    if not 1 <= size <= MOST:
        raise Invalid(f"A party has 1 to {MOST} places.")
    made = _insert(db, guid, clean(name), clean(contact_name), clean(contact_email), at=at)
    place = Attendee(
        id=0, guid="", source="party", organisation=made.name, category=category, party_id=made.id
    )
    add_all(db, [place] * size, at=at)
    return find_party(db, made.id)


def party_named(db: Connection, name: str, *, at: int) -> int:
    """Return the id of the party of that name, a new one without places if there is none."""
    take_turns(db)
    wanted = clean(name)[: LONGEST["organisation"]]
    known = db.execute(_BY_NAME, {"wanted": wanted}).first()
    return int((known or _insert(db, guid_of(""), wanted, "", "", at=at)).id)


def find_party(db: Connection, id: int) -> Party:  # noqa: A002
    """Return a party. Raises NotFound."""
    row = db.execute(_BY_ID, {"id": id}).first()
    if row is None:
        raise NotFound("There is no such party.")
    return Party(row.id, row.guid, row.name, row.contact_name, row.contact_email)


def parties(db: Connection) -> list[Party]:
    """Return all parties by name."""
    rows = db.execute(_ALL)
    return [Party(r.id, r.guid, r.name, r.contact_name, r.contact_email) for r in rows]


def _insert(
    db: Connection, guid: str, name: str, contact_name: str, contact_email: str, *, at: int
) -> Any:
    row = {
        "guid": guid,
        "name": name,
        "contact_name": contact_name,
        "contact_email": contact_email,
        "created_at": at,
    }
    db.execute(party.insert(), row)
    return db.execute(_BY_GUID, {"guid": guid}).one()


_ALL = select(party).order_by(party.c.name, party.c.id)
_BY_ID = select(party).where(party.c.id == bindparam("id"))
_BY_NAME = select(party).where(party.c.name == bindparam("wanted")).order_by(party.c.id).limit(1)
_BY_GUID = select(party).where(party.c.guid == bindparam("guid"))
