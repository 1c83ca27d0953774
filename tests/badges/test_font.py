"""What the font has, how wide it is, and what cannot be drawn."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges.font import clean, pieces, places, width

LETTERS = {
    "Polish": "ĄĆĘŁŃÓŚŹŻąćęłńóśźż",
    "Turkish": "ÇĞİIÖŞÜçğıiöşü",
    "Vietnamese": "ĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "Greek": "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩάέήίόύώΐΰςϊϋ",
    "Cyrillic": "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯіїєґўђјљњћџ",
    "Nordic, Baltic, Romanian, Azerbaijani": "ÅÄÖÆØÞÐāčēģīķļņšūžșțŐŰəƏ",
    "signs": "'’ʼ-–—„”«».,…·()&/@+№€0123456789",
}
drawable = st.text("".join(LETTERS.values()) + "AVTowa ", min_size=1)


@pytest.mark.parametrize("letters", LETTERS.values(), ids=LETTERS)
def test_both_weights_have_the_letters_of_our_neighbours(letters: str) -> None:
    assert clean(letters) == (letters, [])
    for bold in (False, True):
        assert all(width(letter, bold=bold) > 0.1 for letter in letters)


def test_accents_are_composed_first() -> None:
    for letters in LETTERS.values():
        assert clean(unicodedata.normalize("NFD", letters)) == (clean(letters)[0], [])


def test_what_the_font_lacks_is_named_and_left_out() -> None:
    assert clean("Ana 🎉") == ("Ana", ["🎉"])
    assert clean("王 Wang 伟") == ("Wang", ["王", "伟"])
    assert clean("Ẹ\u0301de") == ("Ẹde", ["\u0301"])


def test_what_shows_nothing_is_left_out_in_silence() -> None:
    assert clean("  Anna\u00a0\t Ma\u00adria\u200b\ufe0f\x00\r\nNowak ") == ("Anna Maria Nowak", [])
    assert clean("👩\u200d👧\ufe0f") == ("", ["👩", "👧"])


@given(st.text())
def test_what_is_clean_can_be_drawn_and_stays_as_it_is(text: str) -> None:
    drawn, _ = clean(text)
    assert width(drawn) >= 0
    assert clean(drawn) == (drawn, [])


@given(text=drawable, bold=st.booleans())
def test_pieces_stand_where_their_first_characters_stand(text: str, *, bold: bool) -> None:
    placed = list(places(text, bold=bold))
    assert "".join(character for _, character in placed) == text
    index = 0
    for place, piece in pieces(text, bold=bold):
        assert placed[index] == (pytest.approx(place), piece[0])
        index += len(piece)
    assert index == len(text)
    last, character = placed[-1]
    assert width(text, bold=bold) == pytest.approx(last + width(character, bold=bold))


def test_pairs_are_kerned() -> None:
    assert width("To") < width("T") + width("o")
    assert width("AV", bold=True) < width("A", bold=True) + width("V", bold=True)
    assert [piece for _, piece in pieces("Toto", bold=True)] == ["T", "oto"]
