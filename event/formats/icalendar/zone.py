"""A VTIMEZONE for any zone (RFC 5545, section 3.6.5), from the machine's own zone database.

By hand, because the icalendar library's lists decades of dates, the spring ones an hour late.
"""

import calendar
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from event.times import zone

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEK = timedelta(days=7)
_CYCLE = 28
"""After so many years the calendar repeats: each rule has then met every date it can."""


def is_utc(tz: ZoneInfo) -> bool:
    """Say whether a zone is plain UTC."""
    return tz.key.rpartition("/")[2] in ("UTC", "UCT", "Universal", "Zulu")


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of the clocks, at a local time by the clock that ends."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def kind(self) -> str:
        return "DAYLIGHT" if self.after > self.before else "STANDARD"


@lru_cache(maxsize=8)
def vtimezone(name: str, first: int, last: int) -> tuple[str, ...]:
    """Return the VTIMEZONE of a zone: its two rules if steady, else the changes of those years.

    The rules begin in 1970, as they do in the calendars everybody else writes.
    """
    tz = zone(name)
    if is_utc(tz):
        return ()
    end = max(first + _CYCLE, last + 2)
    changes = _changes(tz, first, end)
    kinds = [[c for c in changes if c.kind == kind] for kind in ("DAYLIGHT", "STANDARD")]
    observances = [_rule(of_kind, years=end - first) for of_kind in kinds]
    if not all(observances):
        opening = datetime(first, 1, 1, tzinfo=UTC).astimezone(tz)
        offset = opening.utcoffset() or timedelta()
        start = _Change(datetime(1970, 1, 1), offset, offset, opening.tzname() or name)  # noqa: DTZ001
        listed = [change for change in changes if change.local.year <= last + 1]
        observances = [_observance(change) for change in (start, *listed)]
    lines = (line for observance in observances for line in observance)
    return ("BEGIN:VTIMEZONE", f"TZID:{name}", *lines, "END:VTIMEZONE")


def _changes(tz: ZoneInfo, first: int, last: int) -> list[_Change]:
    """Return the changes of the clocks from the year `first` until before `last`."""

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(tz).utcoffset() or timedelta()

    found = []
    week = datetime(first, 1, 1, tzinfo=UTC)  # no zone changes its clocks twice in one
    while week.year < last:
        before = offset(week)
        if offset(week + _WEEK) != before:
            seconds = bisect_left(
                range(7 * 86_400), 1, key=lambda s: offset(week + timedelta(seconds=s)) != before
            )
            moment = week + timedelta(seconds=seconds)
            local = (moment + before).replace(tzinfo=None)
            name = moment.astimezone(tz).tzname() or tz.key
            found.append(_Change(local, before, offset(moment), name))
        week += _WEEK
    return [change for change in found if change.local.year < last]


def _rule(changes: list[_Change], *, years: int) -> list[str]:
    """Return the observance of the rule behind the changes of so many years, [] without one."""
    alike = {replace(c, local=c.local.replace(year=1970, day=1)) for c in changes}
    weekdays = {c.local.weekday() for c in changes}
    days = sorted({c.local.day for c in changes})
    yearly = len(changes) == len({c.local.year for c in changes}) == years
    if not (yearly and len(alike) == len(weekdays) == 1 and days[-1] - days[0] == 6):
        return []
    (change,), (weekday,) = alike, weekdays
    month = change.local.month
    rule = f"FREQ=YEARLY;BYMONTH={month};BYDAY="
    if days[-1] == calendar.monthrange(1970, month)[1]:
        rule += f"-1{_WEEKDAYS[weekday]}"
    elif days[0] % 7 == 1:
        rule += f"{days[0] // 7 + 1}{_WEEKDAYS[weekday]}"
    else:
        rule += f"{_WEEKDAYS[weekday]};BYMONTHDAY={','.join(map(str, days))}"
    dates = (change.local.replace(day=day) for day in days)
    first = next(date for date in dates if date.weekday() == weekday)
    return _observance(replace(change, local=first), rule)


def _observance(change: _Change, rule: str = "") -> list[str]:
    return [
        f"BEGIN:{change.kind}",
        f"DTSTART:{change.local:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_offset(change.before)}",
        f"TZOFFSETTO:{_offset(change.after)}",
        *([f"RRULE:{rule}"] if rule else []),
        f"TZNAME:{change.name}",
        f"END:{change.kind}",
    ]


def _offset(offset: timedelta) -> str:
    minutes, seconds = divmod(abs(int(offset.total_seconds())), 60)
    sign = "-" if offset < timedelta() else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")
