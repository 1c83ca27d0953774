"""Who of those who are there each person of a list is."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from event.formats.attendees.people import Person, name_of
from event.people.model import Attendee, Party, Status
from event.text import fold


def matches(
    people: Sequence[Person], known: Iterable[Attendee], parties: Iterable[Party]
) -> Mapping[int, Attendee]:
    """Return who is there already, by place on the list, nobody twice.

    First by external id, or the guid that an export writes; then by an id and name where only zeros
    before the id are lost; then by name and e-mail, where two ids are two people. A name that is
    new in a party takes one of its places without a name.
    """
    there = sorted(known, key=lambda p: p.external_id is not None)
    names = {party.id: party.name for party in parties}
    by_id = {number: p for p in there for number in (p.guid, p.external_id) if number}
    by_digits = _grouped(there, lambda p: _digits(p.external_id))
    by_name = _grouped(there, name_of)
    places = _grouped((p for p in there if _is_place(p)), lambda p: names[p.party_id or 0])

    def of_number(person: Person) -> list[Attendee]:
        number = person.attendee.external_id
        return [by_id[number]] if number in by_id else []

    def of_digits(person: Person) -> list[Attendee]:
        digits = _digits(person.attendee.external_id)
        same = by_digits.get(digits, []) if digits else []
        return same if len(same) == 1 and _is_named_as(same[0], person.attendee) else []

    def of_name(person: Person) -> list[Attendee]:
        same = by_name.get(name_of(person.attendee), [])
        return [p for p in same if not (p.external_id and person.attendee.external_id)]

    def of_party(person: Person) -> list[Attendee]:
        return places.get(person.party, [])

    found: dict[int, Attendee] = {}
    taken: set[int] = set()
    ways: Sequence[Callable[[Person], list[Attendee]]] = (of_number, of_digits, of_name, of_party)
    for way in ways:
        for place, person in enumerate(people):
            free = [p for p in way(person) if p.id not in taken] if place not in found else []
            if free:
                found[place] = free[0]
                taken.add(free[0].id)
    return found


def has_lost_zeros(person: Attendee, known: Attendee) -> bool:
    """Say whether an id is another's without the zeros before it, as spreadsheets make 7 of 007."""
    digits = _digits(person.external_id)
    return digits == _digits(known.external_id) != "" and person.external_id != known.external_id


def _digits(number: str | None) -> str:
    """Return an id of digits alone without the zeros before it, "" for any other."""
    return (number.lstrip("0") or "0") if number and re.fullmatch("[0-9]+", number) else ""


def _grouped(
    people: Iterable[Attendee], key: Callable[[Attendee], Hashable]
) -> dict[Hashable, list[Attendee]]:
    found: dict[Hashable, list[Attendee]] = {}
    for person in people:
        found.setdefault(key(person), []).append(person)
    return found


def _is_place(person: Attendee) -> bool:
    """Say whether somebody is a place in a party that waits for a name."""
    is_nameless = not (person.given_name or person.surname)
    return bool(person.party_id) and person.status is Status.REGISTERED and is_nameless


def _is_named_as(one: Attendee, other: Attendee) -> bool:
    return name_of(one)[:2] == name_of(other)[:2]


def instead_of(there: Sequence[Attendee]) -> dict[tuple[str, ...], Attendee]:
    """Return who comes instead, by the name and e-mail of those whom a list may still name."""
    substitutes = {p.replaces_id: p for p in there if p.replaces_id}
    known = {name_of(p) for p in there if p.status is not Status.REPLACED}
    found = {}
    for person in there:
        last = person
        while last.id in substitutes:
            last = substitutes[last.id]
        if last is not person and name_of(person) not in known:
            found[name_of(person)] = last
    return found


def is_outdated(person: Person, match: Attendee, there: Mapping[int, Attendee]) -> bool:
    """Say whether a list names somebody for whom the one with their number comes instead."""
    before = there.get(match.replaces_id or 0)
    if before is None:
        return False
    return fold(before.name) == fold(person.attendee.name) or is_outdated(person, before, there)
