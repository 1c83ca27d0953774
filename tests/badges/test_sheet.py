"""Sheets of A4: as many badges as there is room for, and marks to cut along."""

from itertools import product

import pytest
from faces import OCCASION, a_face, pages

from badges.layout_file import load
from badges.pdf import render
from badges.sheet import Sheet, a4


@pytest.mark.parametrize(
    ("name", "size", "grid"),
    [
        ("a6", (210, 297), (2, 2)),
        ("a6-folded", (210, 297), (1, 2)),
        ("a7", (297, 210), (4, 2)),
        ("90x54", (210, 297), (2, 5)),
        ("cr80", (210, 297), (2, 5)),
        ("phone", (297, 210), (3, 1)),
    ],
)
def test_a_sheet_takes_as_many_as_fit(
    name: str, size: tuple[int, int], grid: tuple[int, int]
) -> None:
    sheet = a4(load(name))
    assert ((sheet.width, sheet.height), (sheet.columns, sheet.rows)) == (size, grid)


@pytest.mark.parametrize("name", ["a6", "a6-folded", "a7", "90x54", "cr80", "label-62"])
def test_badges_lie_edge_to_edge_in_the_middle(name: str) -> None:
    sheet = a4(load(name))
    across, down = sheet.badge
    places = [sheet.place(number) for number in range(sheet.count)]
    left, top = places[0]
    assert (left, top) == pytest.approx(
        ((sheet.width - sheet.columns * across) / 2, (sheet.height - sheet.rows * down) / 2)
    )
    wanted = product(range(sheet.rows), range(sheet.columns))
    assert places == [
        pytest.approx((left + column * across, top + row * down)) for row, column in wanted
    ]
    backs = [sheet.place(number, back=True) for number in range(sheet.count)]
    for (x, y), (behind, beside) in zip(places, backs, strict=True):
        assert (behind, beside) == pytest.approx((sheet.width - x - across, y))


@pytest.mark.parametrize("name", ["90x54", "cr80"])
def test_marks_stand_at_every_cut_and_outside_the_badges(name: str) -> None:
    sheet = a4(load(name))
    left, top = sheet.place(0)
    lines = [mark.points for mark in sheet.cut_marks() if mark.color == "#000000"]
    assert len(lines) == 2 * (sheet.columns + 1) + 2 * (sheet.rows + 1)
    upright = {
        round((x + right) / 2, 2) for (x, y), _, (right, bottom), _ in lines if bottom - y > 1
    }
    across = {
        round((y + bottom) / 2, 2) for (x, y), _, (right, bottom), _ in lines if right - x > 1
    }
    columns, rows = range(sheet.columns + 1), range(sheet.rows + 1)
    assert upright == {round(left + column * sheet.badge[0], 2) for column in columns}
    assert across == {round(top + row * sheet.badge[1], 2) for row in rows}
    for (x, y), _, (right, bottom), _ in lines:
        inside = (
            right > left + 1
            and x < sheet.width - left - 1
            and bottom > top
            and y < sheet.height - top
        )
        assert not inside


def test_marks_that_lie_on_a_badge_are_seen_on_any_colour() -> None:
    sheet = a4(load("a6"))
    faces = [a_face(number, color="#000000") for number in range(4)]
    (front,) = pages(render(faces, load("a6"), OCCASION, on_a4=True), scale=8)
    x = front.width // 2
    row = [front.getpixel((at, front.height - 12)) for at in range(x - 8, x + 9)]
    assert (255, 255, 255) in row
    assert row[0] == row[-1] == (0, 0, 0)
    assert min(row[6:11]) < (128, 128, 128)
    assert sheet.columns == 2


def test_a_sheet_of_one_has_four_corners() -> None:
    assert len(list(Sheet(210, 297, 1, 1, (150, 200)).cut_marks())) == 2 * 8
