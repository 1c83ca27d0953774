"""The rule at the door, beyond what its vectors say."""

from dataclasses import replace

import doors
from hypothesis import given
from hypothesis import strategies as st

from event.door.decide import Door, Gate, Outcome, Policy, decide, decide_holder

GOOD = next(case for case in doors.DECISIONS["decisions"] if case["name"] == "a good badge")
DOOR: Door = doors.door_of(GOOD)
AT = GOOD["at"]
HOLDER = GOOD["verdict"]["holder"]
alphabet = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
codes = st.text(alphabet, min_size=121, max_size=121).map("E".__add__)


@given(st.text() | codes)
def test_no_text_gets_anybody_in_but_a_signed_one(text: str) -> None:
    verdict = decide(text, DOOR, at=AT, device="a")
    assert verdict.outcome is Outcome.REFUSED
    assert verdict.holder is None


@given(st.integers(0, 121), alphabet)
def test_no_character_of_a_badge_can_be_another(place: int, other: str) -> None:
    text = GOOD["text"][:place] + other + GOOD["text"][place + 1 :]
    verdict = decide(text, DOOR, at=AT, device="a")
    assert (verdict.outcome is Outcome.ADMITTED) == (text == GOOD["text"])


@given(st.sampled_from(doors.DECISIONS["decisions"]), st.integers(-(10**10), 10**11))
def test_at_any_moment_there_is_a_verdict_and_refusals_say_why(
    case: dict[str, object], at: int
) -> None:
    verdict = doors.decided(case | {"at": at})
    assert verdict.reason or verdict.outcome is Outcome.ADMITTED


@given(st.sampled_from(doors.DECISIONS["decisions"]), st.integers(0, 10**10))
def test_nobody_gets_past_a_departure_that_has_left(case: dict[str, object], at: int) -> None:
    rules = {"ended": True, "free_flow": False, "policy": "first_entry"}
    verdict = doors.decided(case | {"at": at, "gate": case["gate"] | rules})  # type: ignore[operator]
    assert verdict.outcome is Outcome.REFUSED


@given(st.sampled_from(Policy), st.integers(0, 100), st.integers(0, 100))
def test_capacity_is_never_exceeded_by_somebody_new(
    policy: Policy, capacity: int, inside: int
) -> None:
    door = replace(DOOR, gate=Gate(1, policy, capacity=capacity), inside=inside)
    verdict = decide(GOOD["text"], door, at=AT, device="a")
    assert (verdict.outcome is Outcome.ADMITTED) == (inside < capacity)


def test_a_name_never_gets_in_unasked() -> None:
    for policy in Policy:
        door = replace(DOOR, gate=Gate(1, policy))
        assert decide_holder(HOLDER, door, at=AT, device="a").outcome is Outcome.ASK
