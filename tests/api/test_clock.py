"""The event's clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders import OPENING

from api.clock import clock_of
from api.settings import Settings


def settings(clock: datetime | None, speed: float = 1.0) -> Settings:
    return Settings(home=Path(), database="", clock=clock, clock_speed=speed)


def test_a_clock_that_was_not_set_tells_the_time() -> None:
    before = datetime.now(UTC)
    now = clock_of(settings(None))()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_a_clock_of_speed_nought_stands_still() -> None:
    now = clock_of(settings(OPENING, 0))
    assert [now() for _ in range(3)] == [OPENING] * 3


def test_a_clock_that_was_set_starts_there_and_only_goes_forward() -> None:
    now = clock_of(settings(OPENING, 86_400))
    told = [now() for _ in range(200)]
    assert told == sorted(told)
    assert OPENING <= told[0] < told[-1]
    assert told[0] < OPENING + timedelta(days=1)
