"""Text that people read, cleaned, chosen, compared and written."""

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from event.errors import Invalid
from event.text import clean, dump, fold, has_unwanted, parse, pick, text

JSON = st.recursive(
    st.none() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcż", max_size=3), inner),
    max_leaves=10,
)


def test_two_spellings_of_a_letter_become_one() -> None:
    assert clean("Rzeszo\u0301w") == "Rzeszów"


def test_control_characters_and_outer_space_go_and_line_ends_are_lf() -> None:
    assert clean(" \ufeff\x00a\r\nb\rc\td\x7f\ud800 ") == "\ufeffa\nb\nc\td"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(value: str) -> None:
    cleaned = clean(value)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not has_unwanted(cleaned)
    assert "\r" not in cleaned


@pytest.mark.parametrize(
    ("value", "folded"),
    [
        ("Łódź", "lodz"),
        ("Đorđe", "dorde"),
        ("SMØRREBRØD", "smorrebrod"),
        ("Ǿ", "o"),
        ("Æther œuvre", "aether oeuvre"),
        ("Straße", "strasse"),
        ("Þór Guðmundsson", "thor gudmundsson"),
        ("DIYARBAKIR Diyarbakır İzmir", "diyarbakir diyarbakir izmir"),
        ("Ħamrun", "hamrun"),
        ("  two\n\tspaces ", "two spaces"),
        ("ℌ₂ ㎒", "h2 mhz"),
        ("Київ", "киів"),
        ("", ""),
    ],
)
def test_search_sees_no_case_and_no_diacritics(value: str, folded: str) -> None:
    assert fold(value) == folded


@given(st.text())
@example("ℌ")
@example("ǿ")
@example("\u0345")
def test_folding_twice_is_folding_once(value: str) -> None:
    folded = fold(value)
    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFD", value)) == folded


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["pl"], ("pl", "pl")),
        (["de", "pl"], ("pl", "pl")),
        (["pl-PL"], ("pl", "pl")),
        (["pt"], ("pt-BR", "pt-BR")),
        (["pt-PT"], ("pt-BR", "pt-BR")),
        (["de"], ("en", "en")),
        ([], ("en", "en")),
        (["plt"], ("en", "en")),
    ],
)
def test_the_best_translation_is_picked(wanted: list[str], found: tuple[str, str]) -> None:
    assert pick({"en": "en", "pl": "pl", "pt-BR": "pt-BR"}, wanted) == found


def test_an_empty_text_has_no_translation_to_pick() -> None:
    assert pick({}, ["en"]) == ("", "")


def test_translations_are_cleaned_and_in_the_order_of_their_languages() -> None:
    assert list(text({"pl": " ż ", "en": "z", "de": " "}).items()) == [("en", "z"), ("pl", "ż")]


@pytest.mark.parametrize("tag", ["", "EN", "english", "e", "en_GB", "en-gb", "en\n"])
def test_what_is_no_language_tag_is_refused(tag: str) -> None:
    with pytest.raises(Invalid, match="language tag"):
        text({tag: "words"})


def test_json_is_canonical() -> None:
    value: dict[str, object] = {"b": 'ż\u0001\n"\u2028', "a": [1, None, {}], "": ""}
    assert dump(value) == '{"":"","a":[1,null,{}],"b":"ż\\u0001\\n\\"\u2028"}'


@given(JSON)
def test_equal_values_have_equal_json(value: object) -> None:
    written = dump(value)
    assert parse(written) == value
    assert dump(json.loads(json.dumps(value))) == written
