"""Moments and days at the venue: local times become UTC, and the event day ends at 04:00."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from event.errors import Invalid

DAY_STARTS = time(4)
"""Until this local time it is still yesterday's event day: the dinner guest at 00:10."""

EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name. Raises Invalid when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"“{name}” is not an IANA time zone; write for example Europe/Warsaw."
        ) from None


def from_seconds(seconds: int) -> datetime:
    """Return the aware UTC moment of a number of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def to_seconds(moment: datetime) -> int:
    """Return whole seconds since 1970; fractions are cut off."""
    return int(moment.timestamp())


def to_milliseconds(moment: datetime) -> int:
    """Return whole milliseconds since 1970; fractions are cut off."""
    return int(moment.timestamp() * 1000)


def from_local(local: datetime, tz: ZoneInfo) -> tuple[datetime, str]:
    """Return the UTC moment of a naive local time, and what had to be decided about it.

    The second value is "" for nearly all, "gap" for a time that the clocks skip in spring (it moves
    forward by the gap) and "overlap" for one that happens twice in autumn (the first is taken).
    """
    first, second = local.replace(tzinfo=tz, fold=0), local.replace(tzinfo=tz, fold=1)
    moment = first.astimezone(UTC)
    if first.utcoffset() == second.utcoffset():
        return moment, ""
    exists = moment.astimezone(tz).replace(tzinfo=None) == local
    return moment, "overlap" if exists else "gap"


def event_day(moment: datetime, tz: ZoneInfo) -> date:
    """Return the event day of a moment, by the venue's clock and the day's start at 04:00."""
    local = moment.astimezone(tz)
    return local.date() if local.time() >= DAY_STARTS else local.date() - timedelta(days=1)


def day_bounds(day: date, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the UTC moments at which an event day starts and ends."""
    start, _ = from_local(datetime.combine(day, DAY_STARTS), tz)
    end, _ = from_local(datetime.combine(day + timedelta(days=1), DAY_STARTS), tz)
    return start, end


def rfc3339(moment: datetime, tz: ZoneInfo) -> str:
    """Return a moment as RFC 3339 with the venue's offset, to the second."""
    return moment.astimezone(tz).isoformat(timespec="seconds")
