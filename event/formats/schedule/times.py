"""When a session of a schedule document starts and ends, in all the ways that real files say it."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from event.formats.builder import duration
from event.formats.imported import Report
from event.formats.schedule.document import Document, words
from event.times import from_local

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def start_of(
    report: Report, where: str, session: Document, *, day: str, day_starts: timedelta, tz: ZoneInfo
) -> datetime | None:
    """Return when a session starts, None (and a line in the report) when nothing says it.

    A `date` with an offset wins. Otherwise it is `start` by the venue's clock on that date or day,
    or on the next when it is before the hour at which the file's days start.
    """
    given = words(session, "date")
    moment = _moment(given)
    try:
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
        local = moment if moment is not None and len(given) > len("2025-06-03") else None
        if local is None:
            time_of_day = clock(words(session, "start"))
            midnight = moment or _moment(day[:10])
            if time_of_day is None or midnight is None:
                report.lost(where, "it does not say when it starts", "left it out")
                return None
            next_day = timedelta(days=1 if time_of_day < day_starts else 0)
            local = midnight + time_of_day + next_day
        starts_at, decided = from_local(local, tz)
    except (OverflowError, ValueError):
        report.lost(where, f"“{given}” is out of all reason", "left it out")
        return None
    if given and moment is None:
        report.repaired(where, f"“{given}” is no date", "took its day and start")
    if decided == "gap":
        report.repaired(where, "the clocks skip its start", "moved it forward")
    elif decided == "overlap":
        report.repaired(where, "its start happens twice", "took the first")
    return starts_at


def end_of(report: Report, where: str, session: Document, starts_at: datetime) -> datetime:
    """Return when a session ends, by its `end` or else its `duration`; at once without either."""
    given = words(session, "end")
    moment = _moment(given)
    try:
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
        if (length := duration(words(session, "duration"))) is not None:
            return starts_at + length
    except OverflowError:
        pass
    report.repaired(where, "it does not say how long it is", "gave it no length")
    return starts_at


def clock(value: str) -> timedelta | None:
    """Return a time of day as the time since midnight; 24:30 and more mean the next day."""
    match = _CLOCK.fullmatch(value)
    if match is None:
        return None
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def day_of(value: str) -> date | None:
    """Return the date that a date or a moment starts with."""
    moment = _moment(value[:10])
    return moment.date() if moment else None


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
