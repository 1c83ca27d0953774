"""The event's clock: the only place where the time is asked."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from api.settings import Settings

Clock = Callable[[], datetime]


def clock_of(settings: Settings) -> Clock:
    """Return a function that tells the event's time: the real one, or one that was set."""
    start, speed = settings.clock, settings.clock_speed
    if start is None:
        return lambda: datetime.now(UTC)
    began = time.monotonic()
    return lambda: start + timedelta(seconds=(time.monotonic() - began) * speed)


def real_time() -> datetime:
    """Return the real time, whatever the event's clock shows: for signatures and phones' clocks."""
    return datetime.now(UTC)


def real_milliseconds() -> int:
    """Return the real time in Unix milliseconds."""
    return time.time_ns() // 1_000_000
