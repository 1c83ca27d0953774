"""A QR code in a terminal."""

import pytest
import qrcode
from qrcode.constants import ERROR_CORRECT_M

from badges.qr import terminal

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
