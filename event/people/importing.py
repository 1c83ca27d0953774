"""A list of people against those who are there: what differs, and storing it, all or nothing."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from event.errors import Conflict
from event.formats.attendees.people import Person, key_of
from event.people import attendees
from event.people.categories import categories, category_for
from event.people.consents import PURPOSES, Answer, answers_to, record
from event.people.model import Attendee, Status
from event.people.needs import set_needs
from event.people.parties import party_named
from event.tables import need, party
from event.text import fold

BY, VERSION = "organiser/import", "list"
"""Who recorded consents that a list says, and what stands for the words they were given to."""


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody who is there and of whom the list says something else: old and new by field."""

    attendee: Attendee
    person: Person
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do; `missing` came with an earlier list and are not on this one."""

    added: tuple[Person, ...]
    changed: tuple[Change, ...]
    missing: tuple[Attendee, ...]
    is_first: bool


def planned(db: Connection, people: Sequence[Person]) -> Plan:
    """Return how a list differs from who is there; what it does not say stays as it is."""
    known = [p for p in attendees.everyone(db) if p.status is not Status.REPLACED]
    by_key = {key_of(dataclasses.replace(p, external_id=None)): p for p in known}
    by_key |= {key_of(p): p for p in known}
    there = _Known(db)
    added, changed, found = [], [], set()
    for person in people:
        plain = key_of(dataclasses.replace(person.attendee, external_id=None))
        old = by_key.get(person.key) or by_key.get(plain)
        # Two of one name and address are two people when the list gives them two ids.
        if old and old.external_id and person.attendee.external_id not in {None, old.external_id}:
            old = None
        if old is None or old.id in found:
            added.append(person)
            continue
        found.add(old.id)
        if fields := there.differing(old, person):
            changed.append(Change(old, person, fields))
    imported = [p for p in known if p.source == "import"]
    missing = [p for p in imported if p.id not in found and p.status is Status.REGISTERED]
    return Plan(tuple(added), tuple(changed), tuple(missing), is_first=not imported)


def carry_out(
    db: Connection, people: Sequence[Person], plan: Plan, *, cancel_missing: bool, at: int
) -> None:
    """Store a plan that was shown. Raises Conflict when it is no longer what would happen."""
    if planned(db, people) != plan:
        raise Conflict("The list of attendees was changed meanwhile; import the file again.")
    slugs = {word: category_for(db, word).slug for word in _words(plan)}
    parties = {name: party_named(db, name, at=at) for name in _parties(plan)}
    new = [_placed(p.attendee, p, slugs, parties) for p in plan.added]
    made = attendees.add_all(db, new, at=at)
    for change in plan.changed:
        person = _placed(change.person.attendee, change.person, slugs, parties)
        names = change.fields.keys() & attendees.EDITABLE
        values = {name: getattr(person, name) for name in names}
        values |= {"party_id": person.party_id} if "party" in change.fields else {}
        attendees.change(db, change.attendee.id, values, at=at)
    changed = [(c.attendee.id, c.person, c.fields.keys()) for c in plan.changed]
    touched = [*((a.id, p, _ALL) for a, p in zip(made, plan.added, strict=True)), *changed]
    before = {row.attendee_id: (row.diet, row.access) for row in db.execute(select(need))}
    kept = [
        (number, person.needs, before.get(number, ("", "")))
        for number, person, fields in touched
        if person.needs and fields & _NEEDS
    ]
    set_needs(db, [(n, new[0] or old[0], new[1] or old[1]) for n, new, old in kept])
    record(db, [
        (number, Answer(purpose, given, VERSION, person.attendee.language, at, BY))
        for number, person, fields in touched
        for purpose, given in person.consents.items()
        if purpose in fields
    ])  # fmt: skip
    for person_missing in plan.missing if cancel_missing else ():
        attendees.change(db, person_missing.id, {"status": Status.CANCELLED}, at=at)


class _Known:
    """What is known beside the attendees' own fields, read once for a whole list."""

    def __init__(self, db: Connection) -> None:
        self.slugs = {
            fold(word): c.slug for c in categories(db) for word in (c.slug, *c.name.values())
        }
        self.parties = {row.id: row.name for row in db.execute(select(party.c.id, party.c.name))}
        self.needs = {row.attendee_id: (row.diet, row.access) for row in db.execute(select(need))}
        self.consents = {purpose: answers_to(db, purpose) for purpose in PURPOSES}

    def differing(self, old: Attendee, person: Person) -> dict[str, tuple[Any, Any]]:
        """Return old and new of what a list says otherwise."""
        new = {name: getattr(person.attendee, name) for name in sorted(person.said)}
        now = {name: getattr(old, name) for name in new}
        if person.category:
            now["category"] = old.category
            new["category"] = self.slugs.get(fold(person.category), person.category)
        if person.party:
            now["party"], new["party"] = self.parties.get(old.party_id or 0, ""), person.party
        for place, name in enumerate(("diet", "access")):
            if person.needs and person.needs[place]:
                now[name] = self.needs.get(old.id, ("", ""))[place]
                new[name] = person.needs[place]
        for purpose, given in person.consents.items():
            now[purpose], new[purpose] = self.consents[purpose].get(old.id), given
        return {name: (now[name], new[name]) for name in new if now[name] != new[name]}


def _placed(
    attendee: Attendee, person: Person, slugs: Mapping[str, str], parties: Mapping[str, int]
) -> Attendee:
    return dataclasses.replace(
        attendee,
        category=slugs.get(person.category, attendee.category),
        party_id=parties.get(person.party),
    )


def _words(plan: Plan) -> list[str]:
    people = [*plan.added, *(c.person for c in plan.changed)]
    return sorted({p.category for p in people if p.category})


def _parties(plan: Plan) -> list[str]:
    people = [*plan.added, *(c.person for c in plan.changed)]
    return sorted({p.party for p in people if p.party})


_NEEDS = frozenset({"diet", "access"})
_ALL = frozenset({*_NEEDS, *PURPOSES})
