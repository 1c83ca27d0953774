"""The way between venues: whole minutes on foot, as far as coordinates tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.model import Venue
from event.schedule.travel import minutes_between


def a_venue(number: int, north: int | None, east: int | None) -> Venue:
    return Venue(id=number, name={}, latitude=north, longitude=east)


RZESZOW = a_venue(1, 50_041_000, 21_999_000)


@pytest.mark.parametrize(
    ("north", "east", "minutes"),
    [
        # One thousandth of a degree north is 111.2 metres, with the detour 144.6: 1.93 minutes.
        (50_042_000, 21_999_000, 2),
        (50_041_000, 21_999_001, 1),
        (50_041_000, 22_013_000, 18),  # 1,000.0 metres east at this latitude
        (50_041_000, 21_999_000, 0),
        (None, 21_999_000, 0),
        (50_041_000, None, 0),
    ],
)
def test_the_way_is_the_great_circle_with_a_detour_rounded_up(
    north: int | None, east: int | None, minutes: int
) -> None:
    assert minutes_between(RZESZOW, a_venue(2, north, east)) == minutes


def test_in_one_venue_and_in_none_there_is_no_way() -> None:
    moved = a_venue(1, 0, 0)
    for pair in ((RZESZOW, moved), (None, RZESZOW), (RZESZOW, None)):
        assert minutes_between(*pair) == 0


_NORTH, _EAST = st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000)


@given(_NORTH, _EAST, _NORTH, _EAST)
def test_the_way_back_is_as_long_and_none_is_longer_than_half_the_earth(
    north: int, east: int, to_north: int, to_east: int
) -> None:
    one, other = a_venue(1, north, east), a_venue(2, to_north, to_east)
    there, back = minutes_between(one, other), minutes_between(other, one)
    assert there == back
    assert 0 <= there <= 20_015_087 * 1.3 / 75 + 1
