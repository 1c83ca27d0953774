"""Sealed names: only the badge opens its own."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges.sealed import opened, seal, sealed_id

EVENT, OTHER_EVENT = UUID(int=1), UUID(int=2)
SIGNATURE, OTHER = bytes(range(64)), bytes(range(1, 65))
NAME = "Łukasz Brzęczyszczykiewicz"
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)
signatures = st.binary(min_size=64, max_size=64)


@given(signatures, st.uuids(), texts)
def test_a_badge_opens_its_name(signature: bytes, event: UUID, text: str) -> None:
    assert opened(signature, event, seal(signature, event, text)) == text


@given(texts, texts)
def test_lengths_come_in_steps_and_none_tells_that_there_is_no_name(one: str, other: str) -> None:
    lengths = {len(seal(SIGNATURE, EVENT, text)) - 28 for text in (one, other, "")}
    assert all(length >= 32 and length % 32 == 0 for length in lengths)
    assert len(seal(SIGNATURE, EVENT, "")) == len(seal(SIGNATURE, EVENT, "Jan Nowak"))


def test_another_badge_or_event_opens_nothing() -> None:
    box = seal(SIGNATURE, EVENT, NAME)
    assert opened(SIGNATURE, EVENT, box) == NAME
    assert opened(OTHER, EVENT, box) is None
    assert opened(SIGNATURE, OTHER_EVENT, box) is None


def test_every_damaged_bit_and_every_shorter_box_is_refused() -> None:
    box = seal(SIGNATURE, EVENT, "Ada")
    for bit in range(len(box) * 8):
        damaged = (int.from_bytes(box) ^ 1 << bit).to_bytes(len(box))
        assert opened(SIGNATURE, EVENT, damaged) is None
    for length in range(len(box)):
        assert opened(SIGNATURE, EVENT, box[:length]) is None
    assert opened(SIGNATURE, EVENT, box + b"\0") is None


def test_the_same_name_gives_the_same_bytes_and_another_another_nonce() -> None:
    assert seal(SIGNATURE, EVENT, NAME) == seal(SIGNATURE, EVENT, NAME)
    assert seal(SIGNATURE, EVENT, NAME)[:12] != seal(SIGNATURE, EVENT, "Ada")[:12]


def test_a_box_is_found_by_eight_bytes_that_tell_nothing_of_the_signature() -> None:
    found = sealed_id(SIGNATURE, EVENT)
    assert len(found) == 8
    assert found == sealed_id(SIGNATURE, EVENT)
    assert len({found, sealed_id(OTHER, EVENT), sealed_id(SIGNATURE, OTHER_EVENT)}) == 3
    assert found not in SIGNATURE
    assert NAME.encode() not in seal(SIGNATURE, EVENT, NAME)


@pytest.mark.parametrize("box", [b"", b"x", bytes(12), bytes(28), bytes(60)])
def test_what_was_never_sealed_is_refused(box: bytes) -> None:
    assert opened(SIGNATURE, EVENT, box) is None
