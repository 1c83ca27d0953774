"""A list of people against those who are there: what differs, and storing it, all or nothing."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from event.database import take_turns
from event.errors import Conflict
from event.formats.attendees.people import Person, name_of
from event.people import attendees
from event.people.categories import categories, category_for, meant
from event.people.consents import PURPOSES, Answer, answers_to, record, recorders_of
from event.people.matching import has_lost_zeros, instead_of, is_outdated, matches
from event.people.model import Attendee, Status
from event.people.needs import set_needs
from event.people.parties import parties, party_named
from event.tables import need

BY, VERSION = "organiser/import", "list"
"""Who recorded consents that a list says, and what stands for the words they were given to."""


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody who is there and of whom the list says something else: old and new by field."""

    attendee: Attendee
    person: Person
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Kept:
    """Somebody of whom the list says what is not taken over, and why in words."""

    attendee: Attendee
    person: Person
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do; `missing` came with an earlier list and are not on this one.

    `categories` are words that name none so far.
    """

    added: tuple[Person, ...]
    changed: tuple[Change, ...]
    missing: tuple[Attendee, ...]
    kept: tuple[Kept, ...]
    categories: tuple[str, ...]
    is_first: bool


def planned(db: Connection, people: Sequence[Person]) -> Plan:
    """Return how a list differs from who is there; what it does not say stays as it is."""
    there = attendees.everyone(db)
    matched = matches(people, [p for p in there if p.status is not Status.REPLACED], parties(db))
    instead, by_id = instead_of(there), {p.id: p for p in there}
    known = _Known(db, {person.category for person in people if person.category})
    added, changed, kept, found = [], [], [], {old.id for old in matched.values()}
    for place, person in enumerate(people):
        old = matched.get(place)
        colleague = instead.get(name_of(person.attendee))
        if old and is_outdated(person, old, by_id):
            colleague = old
        if colleague:
            found.add(colleague.id)
            kept.append(Kept(colleague, person, f"{colleague.name} comes instead"))
        elif old is None:
            added.append(person)
        else:
            if fields := known.differing(old, person):
                changed.append(Change(old, person, fields))
            if old.status is Status.CANCELLED and "status" not in person.said:
                kept.append(Kept(old, person, "stays cancelled"))
            if has_lost_zeros(person.attendee, old):
                listed = person.attendee.external_id
                kept.append(Kept(old, person, f"id {old.external_id}; the list has {listed}"))
            if own := known.own_answers(old, person):
                kept.append(Kept(old, person, f"has answered on {', '.join(own)} since"))
    imported = [p for p in there if p.source == "import"]
    missing = [p for p in imported if p.id not in found and p.status is Status.REGISTERED]
    words = {p.category for p in (*added, *(change.person for change in changed)) if p.category}
    return Plan(
        tuple(added),
        tuple(changed),
        tuple(missing),
        tuple(kept),
        tuple(sorted(word for word in words if known.slugs[word] is None)),
        is_first=not (imported or changed or kept),
    )


def carry_out(
    db: Connection, people: Sequence[Person], plan: Plan, *, cancel_missing: bool, at: int
) -> None:
    """Store a plan that was shown. Raises Conflict when it is no longer what would happen."""
    take_turns(db)
    if planned(db, people) != plan:
        raise Conflict("The list of attendees was changed meanwhile; import the file again.")
    concerned = [*plan.added, *(change.person for change in plan.changed)]
    words = sorted({person.category for person in concerned if person.category})
    slugs = {word: category_for(db, word).slug for word in words}
    names = sorted({person.party for person in concerned if person.party})
    party_ids = {name: party_named(db, name, at=at) for name in names}
    new = [_placed(p.attendee, p, slugs, party_ids) for p in plan.added]
    made = attendees.add_all(db, new, at=at)
    stored = []
    for change in plan.changed:
        person = _placed(change.person.attendee, change.person, slugs, party_ids)
        values = {name: getattr(person, name) for name in change.fields.keys() & _OWN}
        values |= {"party_id": person.party_id} if "party" in change.fields else {}
        stored.append((change.attendee, dataclasses.replace(change.attendee, **values)))
    if cancel_missing:
        stored += [(p, dataclasses.replace(p, status=Status.CANCELLED)) for p in plan.missing]
    attendees.store_all(db, [after for before, after in stored if after != before], at=at)
    touched = [(a.id, p, _APART) for a, p in zip(made, plan.added, strict=True)]
    touched += [(c.attendee.id, c.person, _APART & c.fields.keys()) for c in plan.changed]
    _keep_apart(db, touched, at=at)


def _keep_apart(
    db: Connection, touched: Sequence[tuple[int, Person, frozenset[str]]], *, at: int
) -> None:
    """Store the needs and consents among these fields of people, by attendee id."""
    before = {row.attendee_id: (row.diet, row.access) for row in db.execute(select(need))}
    kept = [
        (number, person.needs, before.get(number, ("", "")))
        for number, person, fields in touched
        if any(person.needs) and fields & _NEEDS
    ]
    set_needs(db, [(n, new[0] or old[0], new[1] or old[1]) for n, new, old in kept])
    record(db, [
        (number, Answer(purpose, given, VERSION, person.attendee.language, at, BY))
        for number, person, fields in touched
        for purpose, given in person.consents.items()
        if purpose in fields
    ])  # fmt: skip


class _Known:
    """What is known beside the attendees' own fields, read once for a whole list."""

    def __init__(self, db: Connection, words: Iterable[str]) -> None:
        known = categories(db)
        found = {word: meant(known, word) for word in words}
        self.slugs = {word: item and item.slug for word, item in found.items()}
        self.parties = {item.id: item.name for item in parties(db)}
        self.needs = {row.attendee_id: (row.diet, row.access) for row in db.execute(select(need))}
        self.consents = {purpose: answers_to(db, purpose) for purpose in PURPOSES}
        self.recorders = {purpose: recorders_of(db, purpose) for purpose in PURPOSES}

    def differing(self, old: Attendee, person: Person) -> dict[str, tuple[Any, Any]]:
        """Return old and new of what a list says otherwise."""
        new = {name: getattr(person.attendee, name) for name in sorted(person.said)}
        now = {name: getattr(old, name) for name in new}
        if person.category:
            now["category"] = old.category
            new["category"] = self.slugs[person.category] or person.category
        if person.party:
            now["party"], new["party"] = self.parties.get(old.party_id or 0, ""), person.party
        for place, name in enumerate(("diet", "access")):
            if person.needs[place]:
                now[name] = self.needs.get(old.id, ("", ""))[place]
                new[name] = person.needs[place]
        if person.attendee.external_id == old.guid or has_lost_zeros(person.attendee, old):
            del new["external_id"]
        own = self.own_answers(old, person)
        for purpose, given in person.consents.items():
            if purpose not in own:
                now[purpose], new[purpose] = self.consents[purpose].get(old.id), given
        return {name: (now[name], new[name]) for name in new if now[name] != new[name]}

    def own_answers(self, old: Attendee, person: Person) -> list[str]:
        """Return what they answered since, at the desk or on their phone: it goes before a list."""
        return [
            purpose
            for purpose, given in person.consents.items()
            if self.recorders[purpose].get(old.id, BY) != BY
            and self.consents[purpose][old.id] != given
        ]


def _placed(
    attendee: Attendee, person: Person, slugs: Mapping[str, str], parties: Mapping[str, int]
) -> Attendee:
    return dataclasses.replace(
        attendee,
        category=slugs.get(person.category, attendee.category),
        party_id=parties.get(person.party),
    )


_NEEDS = frozenset({"diet", "access"})
_APART = frozenset({*_NEEDS, *PURPOSES})
_OWN = frozenset(field.name for field in dataclasses.fields(Attendee))
