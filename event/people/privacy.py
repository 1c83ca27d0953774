"""What is held of a person: all of it in one document, and none of it any more.

Where a person stands in a table is told by its columns, so that a new table cannot be forgotten.
docs/privacy.md says what is kept, why and how long.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, select

from event.database import take_turns
from event.people.attendees import find
from event.people.model import Attendee
from event.people.rules import LONGEST
from event.tables import (
    attendee,
    device,
    earlier_claim,
    holder,
    meeting,
    meeting_guest,
    metadata,
    outbox_item,
    party,
    quarantined_item,
    reissue,
    scan,
    seen,
    watch,
)
from event.text import dump, fold, parse
from event.times import from_seconds

_HIDDEN = {"folded", "sha256", "ops", "state"}
"""Columns that say nothing of a person: for search, hashes, the agenda."""
_WORD = re.compile(r"\w+")
_LABELS = {"by", "resolved_by", "label"}
"""Columns that say who did something, in words that somebody chose."""
_WORDS = {*LONGEST, "name"}
"""What an item of a phone says of somebody in free words."""


def export(db: Connection, attendee_id: int, at: int) -> dict[str, Any]:
    """Return all that is held of a person: rows by table, as JSON can carry them.

    Moments are Unix seconds, those of phones and doors milliseconds. Raises NotFound.
    """
    person = find(db, attendee_id)
    held: dict[str, Any] = {"exported_at": from_seconds(at).isoformat()}
    for table, condition in _of(db, person):
        columns = [column for column in table.columns if column.name not in _HIDDEN]
        rows = [dict(row) for row in db.execute(select(*columns).where(condition)).mappings()]
        if rows:
            held[table.name] = rows
    replaced = select(attendee.c.id).where(attendee.c.replaces_id == person.id)
    if successor := db.execute(replaced).scalar():
        held["replaced_by"] = successor
    if told := [item for *_, item in _told(db, person)]:
        held["told_by_others"] = told
    return held


def erase(db: Connection, attendee_id: int, at: int) -> None:
    """Delete a person from all tables; their holder stays, as a number that has ended.

    What their own phones sent is deleted: nothing follows from it for others. What desks and doors
    sent about them is what was counted: it stays, without words. Raises NotFound.
    """
    take_turns(db)
    person = find(db, attendee_id)
    is_theirs = _names(person.surname or person.given_name, person.email)
    for table, key, column, item in list(_told(db, person)):
        (own,) = table.primary_key
        # Of what could not be taken only the hash stays, so that it is not taken in again.
        kept = "{}" if table is quarantined_item else dump(_wordless(item, is_theirs))
        db.execute(table.update().where(own == key).values({column: kept}))
    phones = _phones(person)
    for table in (outbox_item, quarantined_item, seen):
        db.execute(table.delete().where(table.c.device.in_(phones)))
    for table, column, value in _labels(db, person):
        role = value.partition("/")[0] + "/" if "/" in value else ""
        rows = table.c[column] == value
        db.execute(
            table.delete().where(rows)
            if table is watch
            else table.update().where(rows).values({column: role})
        )
    number = person.holder
    db.execute(scan.update().where(_is_about(person)).values(note=""))
    db.execute(earlier_claim.delete().where(earlier_claim.c.holder == number))
    db.execute(reissue.update().where(reissue.c.holder == number).values(by=""))
    db.execute(party.update().where(_is_contact(person)).values(contact_name="", contact_email=""))
    # What a meeting is called may say who meets.
    db.execute(meeting.update().where(_is_guest(person)).values(title=""))
    replaced = attendee.c.replaces_id == person.id
    db.execute(attendee.update().where(replaced).values(replaces_id=None))
    ended = {"attendee_id": None, "ended_at": at, "blank": 0}
    db.execute(holder.update().where(holder.c.number == number).values(ended))
    # Phones, tokens, codes, links, consents, needs, watches and schedule go with their attendee.
    db.execute(attendee.delete().where(attendee.c.id == person.id))


def _of(db: Connection, person: Attendee) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield each table in which a person may stand, with what finds their rows."""
    labels = _labels(db, person)
    special = {
        attendee: attendee.c.id == person.id,
        party: _is_contact(person),
        meeting: _is_guest(person),
        scan: _is_about(person),
    }
    for table in metadata.sorted_tables:
        column = table.c
        if table in special:
            yield table, special[table]
        elif "attendee_id" in column:
            yield table, column.attendee_id == person.id
        elif "holder" in column and isinstance(column.holder.type, BigInteger):
            yield table, column.holder == person.holder
        elif "device_id" in column:
            own = select(device.c.id).where(device.c.attendee_id == person.id)
            yield table, column.device_id.in_(own)
        elif "device" in column:
            yield table, column.device.in_(_phones(person))
        else:
            for other, name, value in labels:
                if other is table:
                    yield table, column[name] == value


def _phones(person: Attendee) -> Any:
    """Select the phones that are theirs alone: a volunteer's may have worked at a gate as well."""
    others = select(device.c.uuid).where(
        device.c.uuid.is_not(None), device.c.attendee_id.is_distinct_from(person.id)
    )
    return select(device.c.uuid).where(
        device.c.attendee_id == person.id,
        device.c.uuid.is_not(None),
        device.c.uuid.not_in(others),
    )


def _labels(db: Connection, person: Attendee) -> list[tuple[Table, str, str]]:
    """Return where labels name the person or a phone of theirs: table, column, value.

    A surname is enough: another of that name loses a label, which harms nobody.
    """
    mine = select(device.c.label).where(device.c.attendee_id == person.id, device.c.label != "")
    phones = {f"attendee/{label}" for label in db.execute(mine).scalars()}
    is_theirs = _names(person.surname or person.given_name, person.email)
    return [
        (table, column.name, value)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name in _LABELS
        for value in db.execute(select(column).distinct()).scalars()
        if value in phones or is_theirs(value)
    ]


def _told(db: Connection, person: Attendee) -> Iterator[tuple[Table, Any, str, Any]]:
    """Yield what other phones sent about a person: table, key, column, and what it says."""
    is_theirs = _names(person.name, person.email)
    for table, key, column in (
        (outbox_item, outbox_item.c.id, outbox_item.c.payload),
        (quarantined_item, quarantined_item.c.number, quarantined_item.c.item),
    ):
        others = select(key, column).where(table.c.device.not_in(_phones(person)))
        for number, item in db.execute(others).all():
            said = parse(item)
            if _mentions(said, person) or is_theirs(json.dumps(said, ensure_ascii=False)):
                yield table, number, column.name, said


def _mentions(said: Any, person: Attendee) -> bool:
    """Say whether something a phone said is about this person by number."""
    if isinstance(said, dict):
        keys = {"holder": person.holder, "attendee_id": person.id}
        is_so = any(said.get(name) == number for name, number in keys.items())
        return is_so or any(_mentions(value, person) for value in said.values())
    return isinstance(said, list) and any(_mentions(value, person) for value in said)


def _wordless(said: Any, is_theirs: Callable[[str], bool]) -> Any:
    """Return what a phone said without what it said in words, or of the person by name."""
    match said:
        case Mapping():
            return {
                name: _wordless(value, is_theirs)
                for name, value in said.items()
                if name not in _WORDS
            }
        case list():
            return [_wordless(value, is_theirs) for value in said]
        case str() if is_theirs(said):
            return ""
    return said


def _names(name: str, email: str) -> Callable[[str], bool]:
    """Return what says whether a text holds all words of a name, or an e-mail address."""
    words, address = set(_WORD.findall(fold(name))), fold(email)

    def is_theirs(text: str) -> bool:
        folded = fold(text)
        is_named = bool(words) and words <= set(_WORD.findall(folded))
        return is_named or (address != "" and address in folded)

    return is_theirs


def _is_about(person: Attendee) -> ColumnElement[bool]:
    """Select their scans, and what was said of these: when that came first it names no holder."""
    theirs = scan.alias()
    own = select(theirs.c.id).where(theirs.c.holder == person.holder)
    return (scan.c.holder == person.holder) | scan.c.target.in_(own)


def _is_guest(person: Attendee) -> ColumnElement[bool]:
    """Select the meetings to which they were asked."""
    own = select(meeting_guest.c.meeting_id).where(meeting_guest.c.attendee_id == person.id)
    return meeting.c.id.in_(own)


def _is_contact(person: Attendee) -> ColumnElement[bool]:
    """Select the parties whose contact they are, by e-mail, or by name where there is none."""
    same_mail = (party.c.contact_email == person.email) & (party.c.contact_email != "")
    same_name = (party.c.contact_name == person.name) & (party.c.contact_email == "")
    return same_mail | (same_name & (party.c.contact_name != ""))
