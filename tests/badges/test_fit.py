"""Smaller, then two lines, then cut: in this order."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from badges.fit import fit
from badges.font import clean, width

names = st.text("abcdefgWMil Łżąê-'", min_size=1, max_size=90).map(lambda text: clean(text)[0])


def test_what_fits_keeps_its_size() -> None:
    assert fit("Anna", 100, size=20, least=12).size == 20


def test_a_longer_text_shrinks_just_so_that_it_fits() -> None:
    room = width("Włodzimierz") * 15
    fitted = fit("Włodzimierz", room, size=20, least=12, lines=2)
    assert (fitted.lines, fitted.size, fitted.cut) == (("Włodzimierz",), pytest.approx(15), False)


def test_below_the_least_size_it_breaks_at_a_space_or_after_a_hyphen() -> None:
    for text, lines in (
        ("Wolfgang Maximilian", ("Wolfgang", "Maximilian")),
        ("Müller-Lüdenscheidt", ("Müller-", "Lüdenscheidt")),
    ):
        room = width(text) * 11
        fitted = fit(text, room, size=20, least=12, lines=2)
        assert (fitted.lines, fitted.cut) == (lines, False)
        assert fitted.size > 12
        assert fit(text, room, size=20, least=12, lines=1).cut


def test_a_break_leaves_the_lines_as_alike_as_can_be() -> None:
    assert fit("aa bb cc dd", width("aa bb cc dd") * 9, size=12, least=10, lines=2).lines == (
        "aa bb",
        "cc dd",
    )


def test_at_last_it_is_cut_at_its_least_size() -> None:
    fitted = fit("W" * 60, 100, size=20, least=12, lines=2)
    assert fitted.cut
    assert fitted.size == 12
    assert fitted.lines[0].endswith("W…")
    assert width(fitted.lines[0]) * 12 <= 100 < width("W" + fitted.lines[0]) * 12


def test_two_lines_that_are_a_hair_too_long_are_cut() -> None:
    text = "Maximilian Maximilian"
    longest = width("Maximilian") * 12
    assert fit(text, longest + 0.01, size=20, least=12, lines=2).size == pytest.approx(12, abs=0.01)
    assert not fit(text, longest + 0.01, size=20, least=12, lines=2).cut
    assert fit(text, longest - 0.01, size=20, least=12, lines=2).cut


def test_the_second_line_is_cut_when_the_first_is_whole() -> None:
    fitted = fit("Anna " + "W" * 60, 100, size=20, least=12, lines=2)
    assert fitted.lines[0] == "Anna"
    assert fitted.lines[1].endswith("W…")


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Innovation Networks of the Carpathians", "Innovation Networks…"),
        ("Innovationsnetzwerkeverbandsgesellschaft", "Innovationsnetzwerk…"),
        ("A Zusammenarbeitsverbandsgesellschaft", "A Zusammenarbeitsv…"),
    ],
)
def test_it_is_cut_after_a_word_unless_that_leaves_too_little(text: str, cut: str) -> None:
    assert fit(text, 130, size=20, least=12).lines == (cut,)


@pytest.mark.parametrize("text", ["x" * 1_000_000, "x " * 500_000, "x-" * 500_000])
def test_a_text_of_a_megabyte_is_cut(text: str) -> None:
    fitted = fit(text.strip(), 300, size=20, least=12, lines=2)
    assert fitted.cut
    assert all(width(line) * fitted.size <= 300.001 for line in fitted.lines)


@given(text=names, room=st.floats(15, 400), lines=st.sampled_from([1, 2]), bold=st.booleans())
def test_every_line_fits_and_nothing_is_lost_unsaid(
    text: str, room: float, lines: int, *, bold: bool
) -> None:
    assume(text)
    fitted = fit(text, room, size=20, least=12, lines=lines, bold=bold)
    assert 12 <= fitted.size <= 20
    assert 1 <= len(fitted.lines) <= lines
    assert all(width(line, bold=bold) * fitted.size <= room + 1e-6 for line in fitted.lines)
    assert fitted.cut or text in {"".join(fitted.lines), " ".join(fitted.lines)}
    assert fitted.cut == fitted.lines[-1].endswith("…")
