"""What the columns of a list of attendees mean, guessed from their names in three languages."""

from collections.abc import Mapping, Sequence

from event.errors import Invalid
from event.text import fold

_NAMES: Mapping[str, str] = {
    "external_id": "id, external id, nr, no, number, lp, order code, order, ticket id, "
    "attendee id, registration id, numer, zamowienie, nummer, bestellnummer, "
    "code, barcode, uid",
    "given_name": "given name, first name, firstname, forename, imie, vorname, attendee "
    "first name, attendee name given name",
    "surname": "surname, last name, lastname, family name, nazwisko, nachname, "
    "familienname, attendee last name, attendee name family name",
    "name": "name, full name, imie i nazwisko, nazwisko i imie, uczestnik, attendee, "
    "attendee name, participant, person, teilnehmer, vor und nachname",
    "email": "email, e mail, mail, email address, e mail address, adres e mail, adres "
    "email, attendee email, attendee e mail, e mail adresse",
    "organisation": "organisation, organization, company, institution, firma, instytucja, "
    "organizacja, employer, affiliation, unternehmen, einrichtung, nazwa "
    "firmy, klaster, cluster",
    "position": "position, job title, role, title, stanowisko, funkcja, funktion, job",
    "country": "country, kraj, land, panstwo, country region",
    "language": "language, jezyk, sprache, lang",
    "category": "category, ticket type, ticket, product, kategoria, typ, type, rodzaj "
    "uczestnika, kategorie, ticketart, item",
    "status": "status, state, order status, attendee status, zustand",
    "box_slot": "box slot, box, slot, pudelko, skrytka, fach",
    "note": "note, notes, comment, comments, uwagi, notatka, bemerkung, hinweis",
    "party": "party, delegation, delegacja, group, grupa, gruppe",
    "diet": "diet, dieta, dietary requirements, dietary needs, food, wyzywienie, ernahrung, meal",
    "access": "access, access needs, accessibility, special needs, potrzeby, "
    "dostepnosc, szczegolne potrzeby, barrierefreiheit",
    "minor": "minor, under age, niepelnoletni, minderjahrig",
    "look_at_id": "look at id, check id, sprawdzic dowod",
    "listed": "listed, consent listed, directory, zgoda na liste, lista uczestnikow",
    "photo": "photo, consent photo, photo consent, zgoda na zdjecia, wizerunek, zgoda "
    "na wizerunek, fotos",
    "sharing": "sharing, consent sharing, zgoda na udostepnienie",
    "contact": "contact, consent contact, newsletter, zgoda na kontakt",
}
FIELDS = tuple(_NAMES)
"""What a column can be."""
_MEANING = {word: field for field, words in _NAMES.items() for word in words.split(", ")}


def mapping_of(
    columns: Sequence[str], *, said: Mapping[str, str], ignored: Sequence[str]
) -> dict[int, str]:
    """Return which field each column is, by its place; what is not known is left out.

    `said` names fields by column and goes before any guess. Raises Invalid for a column or field
    that does not exist, or when no column holds a name.
    """
    places = {fold(name): place for place, name in reversed(list(enumerate(columns)))}
    for name in (*said, *ignored):
        if fold(name) not in places:
            raise Invalid(f"There is no column “{name}”; there are: {', '.join(columns)}.")
    for field in said.values():
        if field not in FIELDS:
            raise Invalid(f"There is no field “{field}”; choose one of: {', '.join(FIELDS)}.")
    found = {places[fold(name)]: field for name, field in said.items()}
    left_out = {places[fold(name)] for name in ignored}
    taken = set(found.values())
    for place, name in enumerate(columns):
        guess = _MEANING.get(_plain(name))
        if guess and place not in found and place not in left_out and guess not in taken:
            found[place] = guess
            taken.add(guess)
    if not {"name", "given_name", "surname"} & taken:
        raise Invalid("No column holds a name; say which: --map 'Column=name'")
    if {"given_name", "surname"} <= taken and "name" not in said.values():
        found = {place: field for place, field in found.items() if field != "name"}
    return dict(sorted(found.items()))


def _plain(name: str) -> str:
    letters = "".join(c if c.isalnum() else " " for c in fold(name.replace("_", " ")))
    return " ".join(letters.split())
