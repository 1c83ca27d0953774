"""When a session starts and ends is found in every dialect, or it is said that it is not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from event.formats.imported import Report
from event.formats.schedule.times import end_of, start_of

WARSAW = ZoneInfo("Europe/Warsaw")
NINE = datetime(2025, 6, 3, 7, tzinfo=UTC)


def start(session: dict[str, str], *, day: str = "2025-06-03", hour: int = 4) -> tuple[object, str]:
    """Return the start of a session and what the report says about it."""
    report = Report()
    day_starts = timedelta(hours=hour)
    found = start_of(report, "it", session, day=day, day_starts=day_starts, tz=WARSAW)
    return found, "\n".join(map(str, report))


@pytest.mark.parametrize(
    "session",
    [
        {"date": "2025-06-03T09:00:00+02:00", "start": "11:11"},
        {"date": "2025-06-03T07:00:00Z"},
        {"date": "2025-06-03T09:00:00", "start": "11:11"},
        {"date": "2025-06-03", "start": "09:00"},
        {"start": "9:00"},
        {"start": "09:00:00"},
    ],
)
def test_a_start_is_found_in_every_dialect(session: dict[str, str]) -> None:
    assert start(session) == (NINE, "")


@pytest.mark.parametrize(
    ("clock", "hour", "hours_later"),
    [("01:00", 4, 16), ("25:00", 4, 16), ("01:00", 0, -8), ("08:59", 9, 24)],
)
def test_what_starts_before_the_day_does_is_after_midnight(
    clock: str, hour: int, hours_later: int
) -> None:
    found, _ = start({"start": clock}, hour=hour)
    assert isinstance(found, datetime)
    assert found.replace(minute=0) == NINE + timedelta(hours=hours_later - (clock == "08:59"))


def test_a_broken_date_leaves_day_and_start() -> None:
    assert start({"date": "soon", "start": "09:00"}) == (
        NINE,
        "it: “soon” is no date; took its day and start",
    )


def test_clocks_that_change_are_reported() -> None:
    assert start({"date": "2025-03-30T02:30:00"}) == (
        datetime(2025, 3, 30, 1, 30, tzinfo=UTC),
        "it: the clocks skip its start; moved it forward",
    )
    assert start({"date": "2025-10-26T02:30:00"}) == (
        datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
        "it: its start happens twice; took the first",
    )


@pytest.mark.parametrize(
    "session", [{}, {"start": "soon"}, {"date": "2025-06-03"}, {"date": "x", "start": ":"}]
)
def test_a_start_that_nothing_says_is_reported(session: dict[str, str]) -> None:
    assert start(session) == (None, "it: it does not say when it starts; left it out")


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00"]
)
def test_a_start_that_no_calendar_has_is_reported(date: str) -> None:
    assert start({"date": date}) == (None, f"it: “{date}” is out of all reason; left it out")


@pytest.mark.parametrize(
    ("session", "hours"),
    [
        ({"duration": "25:00"}, 25),
        ({"duration": "55:30"}, 55.5),
        ({"duration": "0:30"}, 0.5),
        ({"duration": "02:00:00"}, 2),
        ({"duration": "00:30", "end": "2025-06-03T10:00:00+02:00"}, 1),
        ({"duration": "00:30", "end": "later"}, 0.5),
    ],
)
def test_a_length_of_more_than_a_day_is_kept(session: dict[str, str], hours: float) -> None:
    report = Report()
    assert end_of(report, "it", session, NINE) == NINE + timedelta(hours=hours)
    assert not list(report)


@pytest.mark.parametrize(
    "session", [{}, {"duration": "soon"}, {"end": "9999-12-31T23:00:00-14:00"}]
)
def test_a_length_that_nothing_says_is_none(session: dict[str, str]) -> None:
    report = Report()
    assert end_of(report, "it", session, NINE) == NINE
    assert [str(repair) for repair in report] == [
        "it: it does not say how long it is; gave it no length"
    ]
