"""The list to find a printed badge with."""

from collections.abc import Iterable

from badges.face import Face, Occasion, grouped
from badges.order import by_surname
from badges.table import Column, table

_WORDS = {
    "en": ("Badges by surname", "Surname", "Given name", "Organisation", "Place", "Code"),
    "pl": ("Identyfikatory według nazwisk", "Nazwisko", "Imię", "Organizacja", "Miejsce", "Kod"),
}


def find_list(faces: Iterable[Face], occasion: Occasion) -> bytes:
    """Return a PDF that lists badges by surname: name, organisation, box slot, short code.

    Badges of nobody are left out, a delegation that has no names yet is last. Headings are in
    Polish or English.
    """
    heading, surname, given, organisation, slot, code = _WORDS.get(occasion.language, _WORDS["en"])
    columns = [
        Column(surname, 26, bold=True),
        Column(given, 20),
        Column(organisation, 34),
        Column(slot, 9, align="right", bold=True),
        Column(code, 13, align="right"),
    ]
    rows = [
        # A name of one part stands where it is looked for.
        (
            face.surname or face.given_name,
            face.given_name if face.surname else "",
            face.organisation,
            face.box_slot,
            grouped(face.short_code),
        )
        for face in sorted(faces, key=by_surname)
        if face.given_name or face.surname or face.organisation
    ]
    return table(rows, columns, occasion, heading=heading)
