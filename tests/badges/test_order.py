"""The order in which people look for a badge."""

import random

from faces import a_face

from badges.order import by_surname

SORTED = [
    ("Anna", "Adamska"),
    ("Björn", "Ångström"),
    ("Łucja", "Ćwik"),
    ("An", "Đặng"),
    ("Jan", "de Groot"),
    ("Anna", "Los"),
    ("Anna", "Łoś"),
    ("Ewa", "Łoś"),
    ("Anna", "Lot"),
    ("Jan", "Müller Zwei"),
    ("Jan", "Müller-Zwo"),
    ("Seán", "O’Brien"),
    ("Sean", "Obst"),
    ("", "Pelé"),
    ("Ibrahim", "Şahin"),
    ("Jan", "Żak"),
    ("Anna", "Żyła"),
    ("Αλέξανδρος", "Παπαδόπουλος"),
    ("Иван", "Щербаков"),
]


def test_diacritics_and_particles_stand_where_a_guest_looks() -> None:
    faces = [a_face(given_name=given, surname=surname) for given, surname in SORTED]
    mixed = random.Random(1).sample(faces, len(faces))  # noqa: S311
    found = [(face.given_name, face.surname) for face in sorted(mixed, key=by_surname)]
    assert found == SORTED


def test_a_name_of_one_part_stands_at_it_wherever_it_was_entered() -> None:
    keys = [
        by_surname(a_face(1, given_name=given, surname=surname))
        for given, surname in (("Pelé", ""), ("", "Pelé"))
    ]
    assert keys[0] == keys[1]


def test_blank_badges_are_last_in_the_order_of_their_codes() -> None:
    nobody = {"given_name": "", "surname": "", "organisation": "", "blank": True}
    blanks = [a_face(number, **nobody) for number in (3, 1, 2)]
    named = a_face(9, surname="Щербаков")
    found = sorted([*blanks, named], key=by_surname)
    assert [face.short_code for face in found] == ["00000009", "00000001", "00000002", "00000003"]


def test_places_without_a_name_stand_together_by_organisation() -> None:
    places = [
        a_face(number, given_name="", surname="", organisation=organisation, blank=True)
        for number, organisation in enumerate(("Łódź", "Kyiv", "Lublin", "Kyiv"))
    ]
    found = [face.organisation for face in sorted(places, key=by_surname)]
    assert found == ["Kyiv", "Kyiv", "Łódź", "Lublin"]
