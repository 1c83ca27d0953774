"""The list to find a badge with, and tables to tick off."""

from dataclasses import replace

from faces import OCCASION, a_face, pages, sizes, texts

from badges.face import Occasion
from badges.lists import find_list
from badges.table import Column, Table, draw


def test_each_person_stands_on_the_list_once_in_order_with_slot_and_code() -> None:
    faces = [
        a_face(number, given_name="Jan", surname=f"Łoś{chr(97 + number % 26)}{number:03}")
        for number in range(95)
    ]
    found = texts(find_list(reversed(faces), OCCASION))
    assert len(found) == 3
    lines = [line for page in found for line in page.split("\r\n") if line.startswith("Łoś")]
    assert [line.split()[0] for line in lines] == sorted(face.surname for face in faces)
    for face in faces:
        (line,) = [line for line in lines if line.startswith(face.surname + " ")]
        assert f"C-{int(face.short_code)}" in line
        assert f"{face.short_code[:4]} {face.short_code[4:]}" in line


def test_every_page_has_the_title_and_its_number() -> None:
    found = texts(find_list([a_face(number) for number in range(81)], OCCASION))
    assert len(found) == 3
    for number, text in enumerate(found, start=1):
        assert OCCASION.title in text
        assert f"{number}/3" in text
        assert "Surname" in text
    (polish,) = texts(find_list([a_face()], replace(OCCASION, language="pl")))
    assert "Nazwisko" in polish


def test_blank_badges_are_nobodys_and_a_name_of_one_part_stands_first() -> None:
    faces = [
        a_face(1, given_name="", surname="", organisation="", blank=True),
        a_face(2, given_name="Pelé", surname=""),
    ]
    (text,) = texts(find_list(faces, OCCASION))
    assert "0000 0001" not in text
    assert any(line.startswith("Pelé") for line in text.split("\r\n"))


def test_a_delegation_without_names_is_found_by_its_organisation() -> None:
    place = a_face(1, given_name="", surname="", organisation="Delegation of Kyiv", blank=True)
    (text,) = texts(find_list([place], OCCASION))
    assert "Delegation of Kyiv" in text
    assert "0000 0001" in text


def test_lists_are_a4_and_the_same_rows_are_the_same_bytes() -> None:
    faces = [a_face(number) for number in range(50)]
    assert find_list(faces, OCCASION) == find_list(faces, OCCASION)
    assert set(sizes(find_list(faces, OCCASION))) == {(210, 297)}


def test_a_table_has_empty_boxes_to_tick_and_survives_any_text() -> None:
    columns = [Column("Name", 3), Column("In", 1, align="right", tick=True)]
    rows = [("王 🎉", ""), ("x" * 5_000, ""), ("", "")]
    pdf = draw([Table("Main door", columns, rows)], Occasion("Door"))
    (text,) = texts(pdf)
    assert "Main door" in text
    assert "…" in text
    (image,) = pages(pdf, scale=4)
    right = image.convert("L").crop((int(image.width * 0.9), 0, image.width, image.height))
    dark_rows = [y for y in range(right.height) if right.getpixel((right.width - 170, y)) < 100]
    assert len(dark_rows) >= 6


def test_a_list_of_nobody_is_a_page() -> None:
    (text,) = texts(find_list([], OCCASION))
    assert "1/1" in text
