"""Lists by surname: to find a printed badge with, and to tick off who comes to a door."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from badges.face import Face, Occasion, grouped
from badges.order import by_surname
from badges.table import Column, Table, draw

_FIND = {
    "en": ("Badges by surname", "Surname", "Given name", "Organisation", "Place", "Code"),
    "pl": ("Identyfikatory według nazwisk", "Nazwisko", "Imię", "Organizacja", "Miejsce", "Kod"),
}
_DOOR = {
    "en": ("Surname", "Given name", "Organisation", "Code"),
    "pl": ("Nazwisko", "Imię", "Organizacja", "Kod"),
}


@dataclass(frozen=True, slots=True)
class DoorList:
    """Whom to expect at a door, and the words over the boxes to tick: one for each day."""

    door: str
    days: Sequence[str]
    people: Iterable[Face]


def find_list(faces: Iterable[Face], occasion: Occasion) -> bytes:
    """Return a PDF that lists badges by surname: name, organisation, box slot, short code.

    Badges of nobody are left out, a delegation that has no names yet is last. Headings are in
    Polish or English.
    """
    heading, surname, given, organisation, slot, code = _FIND.get(occasion.language, _FIND["en"])
    columns = [
        Column(surname, 26, bold=True),
        Column(given, 20),
        Column(organisation, 34),
        Column(slot, 9, align="right", bold=True),
        Column(code, 13, align="right"),
    ]
    rows = [(*_named(face), face.box_slot, grouped(face.short_code)) for face in _listed(faces)]
    return draw([Table(heading, columns, rows)], occasion)


def door_lists(lists: Iterable[DoorList], occasion: Occasion) -> bytes:
    """Return a PDF with a list a door, to be ticked off by hand when no device works any more.

    The short code in each row is what is typed in afterwards. People and words as in `find_list`.
    """
    surname, given, organisation, code = _DOOR.get(occasion.language, _DOOR["en"])
    return draw(
        (
            Table(
                item.door,
                [
                    *(Column(day, 7, align="center", tick=True) for day in item.days),
                    Column(surname, 27, bold=True),
                    Column(given, 20),
                    Column(organisation, 32),
                    Column(code, 14, align="right"),
                ],
                [
                    (*("" for _ in item.days), *_named(face), grouped(face.short_code))
                    for face in _listed(item.people)
                ],
            )
            for item in lists
        ),
        occasion,
    )


def _listed(faces: Iterable[Face]) -> list[Face]:
    """Return the badges of somebody, by surname."""
    ordered = sorted(faces, key=by_surname)
    return [face for face in ordered if face.given_name or face.surname or face.organisation]


def _named(face: Face) -> tuple[str, str, str]:
    """Return surname, given name, organisation; a name of one part is looked for as a surname."""
    given = face.given_name if face.surname else ""
    return face.surname or face.given_name, given, face.organisation
