"""Badges as PDF, read again by an independent renderer and an independent code reader."""

from dataclasses import replace
from pathlib import Path

import pytest
from faces import HARD_NAMES, OCCASION, a_code, a_face, a_logo, codes, pages, sizes, texts

from badges.face import Occasion
from badges.layout import LayoutError
from badges.layout_file import load, names
from badges.pdf import render

SIZES = {
    "90x54": (90, 54),
    "a6": (105, 148),
    "a6-folded": (210, 148),
    "a7": (74, 105),
    "cr80": (85.6, 53.98),
    "label-62": (90, 58.93),
    "phone": (90, 160),
    "practice": (105, 148),
}
MANY = [a_face(number) for number in range(29)]


@pytest.mark.parametrize("name", names())
def test_each_code_is_read_from_the_page_it_was_printed_on(name: str) -> None:
    layout = load(name)
    copies = 2 if layout.fold else 1
    found = [codes(page) for page in pages(render(MANY, layout, OCCASION))]
    assert found == [[face.code] * copies for face in MANY]


def test_a_back_follows_each_front() -> None:
    layout = replace(load("a7"), back=load("cr80").front[:1])
    found = texts(render(MANY[:2], layout, OCCASION))
    assert ["C-" in text for text in found] == [True, False] * 2
    assert all(OCCASION.title in text for text in found)


@pytest.mark.parametrize("name", names())
def test_pages_have_their_exact_size(name: str) -> None:
    assert set(sizes(render(MANY[:2], load(name), OCCASION))) == {SIZES[name]}


@pytest.mark.parametrize(("name", "count"), [("a6", 4), ("a6-folded", 2), ("a7", 8), ("cr80", 10)])
def test_sheets_of_a4_hold_badges_in_their_order(name: str, count: int) -> None:
    layout = load(name)
    sheets = pages(render(MANY, layout, OCCASION, on_a4=True))
    assert len(sheets) == -(-len(MANY) // count)
    copies = 2 if layout.fold else 1
    assert codes(sheets[0]) == [face.code for face in MANY[:count] for _ in range(copies)]


def test_backs_on_a_sheet_lie_behind_their_fronts() -> None:
    layout = replace(load("a6"), back=load("a6").front)
    front, back = pages(render(MANY[:4], layout, OCCASION, on_a4=True))
    one, two, three, four = (face.code for face in MANY[:4])
    assert codes(front) == [one, two, three, four]
    assert codes(back) == [two, one, four, three]


def test_a_sheet_is_a4_and_a_badge_that_is_larger_is_refused() -> None:
    assert set(sizes(render(MANY, load("90x54"), OCCASION, on_a4=True))) == {(210, 297)}
    assert set(sizes(render(MANY, load("a7"), OCCASION, on_a4=True))) == {(297, 210)}
    with pytest.raises(LayoutError, match="larger than A4"):
        render(MANY, replace(load("a6"), width=300, height=300), OCCASION, on_a4=True)


def test_the_names_are_text_that_can_be_searched() -> None:
    faces = [a_face(number) for number in range(len(HARD_NAMES) - 3)]
    for face, text in zip(faces, texts(render(faces, load("phone"), OCCASION)), strict=True):
        assert face.short_code[:4] in text
        assert face.category in text.replace("\r\n", " ")
    (text,) = texts(
        render(
            [
                a_face(0),
            ],
            load("a7"),
            OCCASION,
        )
    )
    assert "Łukasz" in text
    assert "Brzęczyszczykiewicz" in text
    assert "Rzeszów, 3–4 June 2025" in text


def test_the_same_faces_are_the_same_bytes() -> None:
    occasion = replace(OCCASION, logo=a_logo())
    one, other = (render(MANY, load("a7"), occasion) for _ in range(2))
    assert one == other


def test_several_processes_make_the_same_bytes_as_one() -> None:
    faces = [a_face(number) for number in range(220)]
    done: list[int] = []
    one = render(faces, load("cr80"), OCCASION, processes=1)
    assert render(faces, load("cr80"), OCCASION, processes=2, progress=done.append) == one
    assert done == list(range(1, 221))


def test_progress_that_stops_the_print_stops_it() -> None:
    class Stop(Exception):
        pass

    def stop(done: int) -> None:
        if done == 3:
            raise Stop

    with pytest.raises(Stop):
        render(MANY, load("a7"), OCCASION, progress=stop)


def test_a_logo_is_stored_once_and_keeps_its_shape(tmp_path: Path) -> None:
    file = tmp_path / "logo.png"
    file.write_bytes(a_logo((300, 100)))
    pdf = render(MANY, load("a7"), replace(OCCASION, logo=file))
    assert pdf.count(b"/Subtype /Image") == 1
    image = pages(pdf, scale=4)[0].convert("RGB")
    green = [
        (x, y)
        for x in range(image.width)
        for y in range(image.height // 5)
        if image.getpixel((x, y)) == (0, 128, 0)
    ]
    left, right = min(x for x, _ in green), max(x for x, _ in green)
    top, bottom = min(y for _, y in green), max(y for _, y in green)
    assert (right - left + 1) / (bottom - top + 1) == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("logo", [b"<svg/>", b"", a_logo()[:60], Path("/nowhere/logo.png")])
def test_a_logo_that_cannot_be_read_is_a_clear_error(logo: bytes | Path) -> None:
    with pytest.raises(ValueError, match="give a PNG or JPEG file"):
        render(MANY[:1], load("a7"), Occasion("Title", logo=logo))


@pytest.mark.parametrize(
    "code", ["", "x", a_code(1).lower(), a_code(1) + "A", a_code(1)[:-1] + "1"]
)
def test_what_is_no_code_is_not_printed(code: str) -> None:
    with pytest.raises(ValueError, match="122 characters"):
        render([a_face(code=code)], load("a7"), OCCASION)


def test_nothing_to_print_is_no_error() -> None:
    assert render([], load("a7"), OCCASION).startswith(b"%PDF")
