"""QR codes in a terminal and as pictures, read again by an independent reader."""

import re
from io import BytesIO

import pytest
import qrcode
from faces import a_code
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from zxingcpp import Barcode, read_barcodes

from badges.qr import matrix, png, svg, terminal

ADDRESS = "http://192.0.2.17:8000/docs"
FINDER = [
    "1111111",
    "1000001",
    "1011101",
    "1011101",
    "1011101",
    "1000001",
    "1111111",
]


def modules(text: str) -> list[str]:
    """Return the rows of modules that a terminal shows, dark ones as 1."""
    halves = {"█": "00", "▀": "01", "▄": "10", " ": "11"}
    rows = []
    for line in terminal(text).split("\n"):
        rows += ["".join(halves[block][half] for block in line) for half in (0, 1)]
    return rows


@pytest.mark.parametrize("text", [ADDRESS, "x", "ż" * 100, "https://example.org/" + "a" * 500])
def test_what_is_shown_is_the_code_with_two_light_modules_around_it(text: str) -> None:
    shown = modules(text)
    side = len(shown[0])
    assert {len(row) for row in shown} == {side}
    assert side <= len(shown) <= side + 1
    assert {*shown[:2], *shown[side - 2 :]} == {"0" * side}
    assert {row[:2] + row[-2:] for row in shown} == {"0000"}
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=2)
    code.add_data(text)
    code.make(fit=True)
    wanted = ["".join("01"[bool(dark)] for dark in row) for row in code.get_matrix()]
    assert shown[:side] == wanted


def test_three_corners_have_finder_patterns() -> None:
    shown = modules(ADDRESS)
    side = len(shown[0])
    for top, left in ((2, 2), (2, side - 9), (side - 9, 2)):
        assert [row[left : left + 7] for row in shown[top : top + 7]] == FINDER
    assert [row[side - 9 : side - 2] for row in shown[side - 9 : side - 2]] != FINDER


def test_the_same_text_is_the_same_picture() -> None:
    assert terminal(ADDRESS) == terminal(ADDRESS)
    assert terminal(ADDRESS) != terminal(ADDRESS + "/")


CODE = a_code(1)


def read(png: bytes) -> Barcode:
    (found,) = read_barcodes(Image.open(BytesIO(png)))
    return found


def test_a_badges_code_is_version_5_at_correction_m_and_reads_as_itself() -> None:
    found = read(png(matrix(CODE)))
    assert found.text == CODE
    assert (found.extra["Version"], found.extra["ECLevel"]) == ("5", "M")
    assert {len(row) for row in matrix(CODE)} == {len(matrix(CODE))} == {37}


def test_a_png_has_one_bit_a_dot_whole_dots_a_module_and_a_quiet_zone() -> None:
    image = Image.open(BytesIO(png(matrix(CODE), dots=5)))
    assert (image.mode, image.size) == ("1", ((37 + 8) * 5,) * 2)
    assert image.getbbox() == (0, 0, 225, 225)
    assert image.point(lambda dot: 255 - dot).getbbox() == (20, 20, 205, 205)
    small = image.resize((45, 45), Image.Resampling.NEAREST)
    assert small.resize(image.size, Image.Resampling.NEAREST).tobytes() == image.tobytes()


@pytest.mark.parametrize("text", [ADDRESS, "ż" * 100, "https://example.org/" + "a" * 500])
def test_any_text_is_a_code_too(text: str) -> None:
    assert read(png(text)).text == text


@pytest.mark.parametrize(
    "code", ["", CODE.lower(), CODE[:-1], CODE + "A", CODE[:-1] + "0", "ż" * 122]
)
def test_what_is_no_code_of_a_badge_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="122 characters of upper-case base32"):
        matrix(code)


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=122, max_size=122))
def test_the_path_of_an_svg_draws_each_dark_module_once(code: str) -> None:
    root = etree.fromstring(svg(matrix(code)))
    paper, dark = root.findall("{http://www.w3.org/2000/svg}path")
    assert root.attrib["viewBox"] == "-4 -4 45 45"
    assert paper.attrib["d"] == "M-4 -4h45v45h-45z"
    drawn = [
        (int(x) + step, int(y))
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", dark.attrib["d"])
        for step in range(int(length))
    ]
    modules = matrix(code)
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == {(x, y) for y, row in enumerate(modules) for x, on in enumerate(row) if on}
    assert len(svg(modules)) < 8_000
