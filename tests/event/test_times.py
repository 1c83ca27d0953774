"""Moments and days at the venue."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from event.errors import Invalid
from event.times import (
    day_bounds,
    event_day,
    from_local,
    from_seconds,
    rfc3339,
    to_seconds,
    zone,
)

WARSAW = zone("Europe/Warsaw")
ZONES = [
    zone(name)
    for name in (
        "Europe/Warsaw", "Etc/UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns",
        "Africa/Casablanca", "Pacific/Apia",
    )
]  # fmt: skip
moments = st.integers(86_400, 7_258_118_400).map(from_seconds)
SPRING = from_seconds(1_743_296_400)
"""2025-03-30T01:00Z, when the clocks of Warsaw go forward."""


@pytest.mark.parametrize(
    ("local", "moment", "decided"),
    [
        ("2025-03-30T01:59:59", "2025-03-30T00:59:59Z", ""),
        ("2025-03-30T02:00:00", "2025-03-30T01:00:00Z", "gap"),
        ("2025-03-30T02:59:59", "2025-03-30T01:59:59Z", "gap"),
        ("2025-03-30T03:00:00", "2025-03-30T01:00:00Z", ""),
        ("2025-06-03T09:00:00", "2025-06-03T07:00:00Z", ""),
        ("2025-10-26T01:59:59", "2025-10-25T23:59:59Z", ""),
        ("2025-10-26T02:00:00", "2025-10-26T00:00:00Z", "overlap"),
        ("2025-10-26T02:59:59", "2025-10-26T00:59:59Z", "overlap"),
        ("2025-10-26T03:00:00", "2025-10-26T02:00:00Z", ""),
    ],
)
def test_a_skipped_time_moves_forward_and_of_two_the_first_is_taken(
    local: str, moment: str, decided: str
) -> None:
    found = from_local(datetime.fromisoformat(local), WARSAW)
    assert found == (datetime.fromisoformat(moment), decided)
    assert found[0].tzinfo is UTC


def test_a_session_over_the_spring_change_lasts_as_long_as_the_people_sit() -> None:
    starts_at, _ = from_local(datetime(2025, 3, 30, 1, 30), WARSAW)
    ends_at, _ = from_local(datetime(2025, 3, 30, 3, 30), WARSAW)
    assert ends_at - starts_at == timedelta(hours=1)


@given(moments, st.sampled_from(ZONES))
@example(SPRING - timedelta(seconds=1), WARSAW)
@example(SPRING, WARSAW)
def test_a_moment_comes_back_from_the_wall_clock_unless_it_is_the_second_of_two(
    moment: datetime, tz: object
) -> None:
    local = moment.astimezone(tz)  # type: ignore[arg-type]
    back, decided = from_local(local.replace(tzinfo=None), tz)  # type: ignore[arg-type]
    assert decided in {"", "overlap"}
    assert (back < moment) if local.fold else (back == moment)


@given(moments, st.sampled_from(ZONES))
def test_a_moment_survives_seconds_and_rfc3339(moment: datetime, tz: object) -> None:
    assert from_seconds(to_seconds(moment)) == moment
    assert datetime.fromisoformat(rfc3339(moment, tz)) == moment  # type: ignore[arg-type]


def test_fractions_of_a_second_are_cut_off() -> None:
    assert to_seconds(datetime(2025, 6, 3, 7, 0, 0, 999_999, UTC)) == 1_748_934_000
    assert rfc3339(datetime(2025, 6, 3, 7, 0, 0, 999_999, UTC), WARSAW) == (
        "2025-06-03T09:00:00+02:00"
    )


@pytest.mark.parametrize(
    ("local", "day"),
    [
        ("2025-06-03T23:59:59", 3),
        ("2025-06-04T00:10:00", 3),
        ("2025-06-04T03:59:59", 3),
        ("2025-06-04T04:00:00", 4),
    ],
)
def test_the_dinner_guest_past_midnight_is_still_in_yesterday(local: str, day: int) -> None:
    moment, _ = from_local(datetime.fromisoformat(local), WARSAW)
    assert event_day(moment, WARSAW) == date(2025, 6, day)


@pytest.mark.parametrize(
    ("day", "hours"), [((2025, 3, 29), 23), ((2025, 10, 25), 25), ((2025, 6, 3), 24)]
)
def test_a_day_at_a_change_of_clocks_is_shorter_or_longer(
    day: tuple[int, int, int], hours: int
) -> None:
    start, end = day_bounds(date(*day), WARSAW)
    assert end - start == timedelta(hours=hours)


@given(moments, st.sampled_from(ZONES))
def test_every_moment_lies_in_its_own_event_day(moment: datetime, tz: object) -> None:
    start, end = day_bounds(event_day(moment, tz), tz)  # type: ignore[arg-type]
    assert start <= moment < end


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Warsaw",
        "Europe",
        "../etc/passwd",
        "/etc/localtime",
        "a\0b",
        "x" * 5000,
        "\ud800",
        "+02",
    ],
)
def test_what_is_no_time_zone_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(Invalid, match="Europe/Warsaw"):
        zone(name)
