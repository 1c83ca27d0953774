"""What the columns of a list of attendees mean, guessed from their names in three languages."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from event.errors import Invalid
from event.text import fold

_NAMES: Mapping[str, str] = {
    "external_id": "external id, attendee id, attendee no, registration id, ticket id, "
    "pseudonymization id, barcode, uid, id, nr, no, number, numer, nummer, code, order code, "
    "order id, order no, order, zamowienie, bestellnummer",
    "given_name": "given name, first name, firstname, forename, imie, vorname, attendee "
    "first name, attendee name given name",
    "surname": "surname, last name, lastname, family name, nazwisko, nachname, "
    "familienname, attendee last name, attendee name family name",
    "name": "attendee name, full name, imie i nazwisko, vor und nachname, name, uczestnik, "
    "attendee, participant, person, teilnehmer",
    "name_reversed": "nazwisko i imie, surname and given name, nach und vorname",
    "email": "attendee email, attendee e mail, email, e mail, mail, email address, "
    "e mail address, adres e mail, adres email, e mail adresse",
    "organisation": "organisation, organization, company, institution, firma, instytucja, "
    "organizacja, employer, affiliation, unternehmen, einrichtung, nazwa "
    "firmy, klaster, cluster",
    "position": "position, job title, stanowisko, funkcja, funktion, role, job, title",
    "country": "country, kraj, land, panstwo, country region",
    "language": "language, jezyk, sprache, lang",
    "category": "category, kategoria, kategorie, rodzaj uczestnika, ticket type, ticketart, "
    "product, item, type, typ, ticket",
    "status": "attendee status, status, order status, zustand",
    "box_slot": "box slot, box, slot, pudelko, skrytka, fach",
    "note": "note, notes, comment, comments, uwagi, notatka, bemerkung, hinweis",
    "party": "party, delegation, delegacja, group, grupa, gruppe",
    "diet": "diet, dieta, dietary requirements, dietary needs, food, wyzywienie, ernahrung, meal",
    "access": "access, access needs, accessibility, special needs, potrzeby, "
    "dostepnosc, szczegolne potrzeby, barrierefreiheit",
    "minor": "minor, under age, niepelnoletni, minderjahrig",
    "look_at_id": "look at id, check id, sprawdzic dowod",
    "listed": "listed, consent listed, directory, zgoda na liste, lista uczestnikow",
    "photo": "photo, consent photo, photo consent, zgoda na zdjecia, zgoda na wizerunek, "
    "wizerunek, fotos",
    "sharing": "sharing, consent sharing, zgoda na udostepnienie",
    "contact": "contact, consent contact, newsletter, zgoda na kontakt",
}
FIELDS = tuple(_NAMES)
"""What a column can be; of two that could be the same, the name that comes first is taken."""
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split(", ")}


def mapping_of(
    columns: Sequence[str], *, said: Mapping[str, str], ignored: Sequence[str]
) -> dict[int, str]:
    """Return which field each column is, by its place; what is not known is left out.

    `said` names fields by column and goes before any guess. Raises Invalid for a column or field
    that does not exist, or when no column holds a name.
    """
    for field, count in Counter(said.values()).items():
        if field not in FIELDS:
            raise Invalid(f"There is no field “{field}”; choose one of: {', '.join(FIELDS)}.")
        if count > 1:
            raise Invalid(f"Only one column can be {field}; say which.")
    places = _places(columns, (*said, *ignored))
    found = {places[fold(name)][0]: field for name, field in said.items()}
    left_out = {place for name in ignored for place in places[fold(name)]} | found.keys()
    free = {
        _meant(name): place
        for place, name in reversed(list(enumerate(columns)))
        if place not in left_out
    }
    for field in FIELDS:
        names = [name for name in _NAMES[field].split(", ") if name in free]
        if names and field not in said.values():
            found[free[names[0]]] = field
    if "name" not in said.values():
        _settle_name(found, columns)
    if not {"name", "name_reversed", "given_name", "surname"} & set(found.values()):
        raise Invalid("No column holds a name; say which: --map 'Column=name'")
    return dict(sorted(found.items()))


def _places(columns: Sequence[str], wanted: Sequence[str]) -> dict[str, list[int]]:
    """Return where each folded name of a column stands. Raises Invalid for a name of none."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(columns):
        places.setdefault(fold(name), []).append(place)
    for name in wanted:
        if fold(name) not in places:
            raise Invalid(f"There is no column “{name}”; there are: {', '.join(columns)}.")
    return places


def _settle_name(found: dict[int, str], columns: Sequence[str]) -> None:
    """Decide what a column is that was taken for the whole name, beside others for its parts."""
    place = next((place for place, field in found.items() if field == "name"), None)
    parts = {"given_name", "surname"} - set(found.values())
    if place is None or len(parts) == 2:
        return
    if not parts:
        del found[place]
    elif _meant(columns[place]) == "name":
        # German lists have Name and Vorname.
        found[place] = parts.pop()


def _plain(name: str) -> str:
    words = fold(name.replace("_", " ").replace("#", " no "))
    return " ".join("".join(c if c.isalnum() else " " for c in words).split())


def _meant(name: str) -> str:
    """Return a column's name in plain words; of two that mean the same, Imię / First name, one."""
    parts = [part for part in map(_plain, re.split(r"[/()|\n]", name)) if part]
    fields = {_FIELD_OF.get(part) for part in parts}
    return parts[0] if len(fields) == 1 and None not in fields else _plain(name)
