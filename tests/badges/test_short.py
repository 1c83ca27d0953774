"""Short codes: a slip of the finger never names somebody else."""

from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from badges.code import Unreadable
from badges.short import read_short, short_code

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
holders = st.integers(0, 2**32 - 1)


def named(text: str) -> int | None:
    try:
        return read_short(text)
    except Unreadable:
        return None


@given(holders)
@example(0)
@example(2**32 - 1)
def test_every_number_is_read_as_it_was_written(holder: int) -> None:
    text = short_code(holder)
    assert len(text) == 8
    assert set(text) <= set(ALPHABET)
    assert read_short(text) == holder


@given(holders)
def test_every_change_of_one_character_is_refused(holder: int) -> None:
    text = short_code(holder)
    for place, right in enumerate(text):
        for wrong in ALPHABET.replace(right, ""):
            assert named(text[:place] + wrong + text[place + 1 :]) is None


@given(holders)
def test_two_characters_that_changed_places_are_refused_wherever_they_stand(holder: int) -> None:
    text = short_code(holder)
    for one, other in combinations(range(8), 2):
        typed = list(text)
        typed[one], typed[other] = typed[other], typed[one]
        if typed != list(text):
            assert named("".join(typed)) is None


@given(holders)
def test_it_is_read_as_people_type_it(holder: int) -> None:
    text = short_code(holder)
    grouped = f"{text[:4]} {text[4:]}"
    misread = text.replace("0", "O").replace("1", "I")
    for typed in (text.lower(), grouped, f" {text[:4]}-{text[4:]}\n", misread, misread.lower(),
                  text.replace("1", "l")):  # fmt: skip
        assert read_short(typed) == holder


@pytest.mark.parametrize(
    "text",
    ["", "0", "0000000", "000000000", "U0000000", "0000000!", "E" * 122, "٠" * 8, "０" * 8,
     "0000000\u200b", "É0000000"],
)  # fmt: skip
def test_what_is_none_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Unreadable, match="look at it again"):
        read_short(text)


def test_a_number_beyond_32_bits_is_neither_written_nor_read() -> None:
    for holder in (2**32, -1):
        with pytest.raises(OverflowError):
            short_code(holder)
    # Seven characters hold 35 bits; whatever the check character, these are nobody's.
    assert {named("4000000" + check) for check in ALPHABET} == {None}
