"""Lists of meetings: columns guessed from their names in two languages, rows checked one by one."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from event.errors import Invalid
from event.formats.attendees.table import Table
from event.formats.imported import Report
from event.schedule.meetings import LONGEST, MOST_MINUTES
from event.text import fold
from event.times import from_local, to_seconds

_NAMES: Mapping[str, str] = {
    "id": "id, meeting id, nr, no, number, numer, nr spotkania",
    "start": "start, starts at, begin, begins, from, slot, poczatek, termin, od",
    "day": "day, date, data, dzien",
    "time": "time, hour, godzina, czas",
    "end": "end, ends at, until, to, koniec, do",
    "minutes": "minutes, duration, length, minuty, czas trwania",
    "table": "table, table no, stolik, stol, nr stolika",
    "room": "room, sala",
    "break": "break, session, przerwa, sesja",
    "title": "title, subject, topic, tytul, temat",
    "guest": "guest, person, attendee, participant, email, e mail, uczestnik, osoba, gosc",
}
FIELDS = tuple(_NAMES)
"""What a column can be; several may be `guest`, each with one of those who meet."""
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d")


@dataclass(frozen=True, slots=True)
class Row:
    """A meeting as a list says it: guests by e-mail, external id or name, the time in UTC seconds.

    Without a time it begins with the break that is named. What is empty is not said.
    """

    where: str
    guests: tuple[str, ...]
    starts_at: int | None
    minutes: int | None
    id: str = ""
    title: str = ""
    table: str = ""
    room: str = ""
    around: str = ""


def mapping_of(
    columns: Sequence[str], *, said: Mapping[str, str], ignored: Sequence[str]
) -> dict[int, str]:
    """Return which field each column is, by its place; what is not known is left out.

    `said` names fields by column and goes before any guess. Raises Invalid for a column or field
    that does not exist, or when no column names who meets.
    """
    if unknown := set(said.values()) - set(FIELDS):
        choice = ", ".join(FIELDS)
        raise Invalid(f"There is no field “{min(unknown)}”; choose one of: {choice}.")
    names = {fold(name) for name in columns}
    for name in (*said, *ignored):
        if fold(name) not in names:
            raise Invalid(f"There is no column “{name}”; there are: {', '.join(columns)}.")
    chosen = {fold(name): field for name, field in said.items()}
    left_out = {fold(name) for name in ignored}
    found: dict[int, str] = {}
    for place, name in enumerate(columns):
        field = chosen.get(fold(name)) or _guess(name)
        is_free = field == "guest" or field not in found.values()
        if field and is_free and (fold(name) in chosen or fold(name) not in left_out):
            found[place] = field
    if "guest" not in found.values():
        raise Invalid("No column names who meets; say which: --map 'Column=guest'")
    return found


def rows_of(table: Table, mapping: Mapping[int, str], tz: ZoneInfo, report: Report) -> list[Row]:
    """Return the meetings of a table; rows that make none are lost, with a line."""
    found = (_row(where, cells, mapping, tz, report) for where, cells in table.rows)
    return [row for row in found if row]


def _guess(name: str) -> str:
    """Return what a column's name means: “Guest 2” and “E-mail B” are guests."""
    words = "".join(letter if letter.isalnum() else " " for letter in fold(name)).split()
    plain = " ".join(words)
    for field, names in _NAMES.items():
        if plain in names.split(", "):
            return field
    numbered = re.fullmatch(r"(.+?) ?(?:[0-9]{1,2}|[a-d])", plain)
    return "guest" if numbered and numbered[1] in _NAMES["guest"].split(", ") else ""


def _row(
    where: str, cells: Sequence[str], mapping: Mapping[int, str], tz: ZoneInfo, report: Report
) -> Row | None:
    said = {field: cells[place] for place, field in mapping.items() if field != "guest"}
    guests = [cells[place] for place, field in mapping.items() if field == "guest"]
    # One cell may name several.
    named = [part.strip() for cell in guests for part in re.split(r"[;\n]", cell) if part.strip()]
    if len(named) < 2:
        report.lost(where, "fewer than two people meet", "left out")
        return None
    day, hour = said.get("day", ""), said.get("time", "")
    moment = _moment(said.get("start", "") or f"{day} {hour}".strip())
    if moment is None and not said.get("break"):
        report.lost(where, "no time that can be read, and no break", "left out")
        return None
    minutes = _minutes(said, moment, where, report)
    texts = {}
    for name, most in (("title", LONGEST["title"]), ("table", LONGEST["place"])):
        texts[name] = said.get(name, "")[:most].strip()
        if len(said.get(name, "")) > most:
            report.lost(where, f"{name} is longer than {most} characters", "cut off")
    return Row(
        where,
        tuple(named),
        None if moment is None else to_seconds(from_local(moment, tz)[0]),
        minutes,
        id=said.get("id", ""),
        room=said.get("room", ""),
        around=said.get("break", ""),
        **texts,
    )


def _minutes(
    said: Mapping[str, str], start: datetime | None, where: str, report: Report
) -> int | None:
    if number := re.fullmatch(r"([0-9]{1,4})(?: ?min\w*\.?)?", said.get("minutes", "")):
        minutes = int(number[1])
    elif start and (end := _moment(said.get("end", ""), start.date())):
        minutes = round((end - start) / timedelta(minutes=1))
    elif said.get("minutes") or said.get("end"):
        minutes = 0
    else:
        return None
    if 1 <= minutes <= MOST_MINUTES:
        return minutes
    report.lost(where, "no length that can be", "left out")
    return None


def _moment(words: str, day: date | None = None) -> datetime | None:
    """Return a local time: ISO 8601, a Polish or British date and an hour, or an hour of a day."""
    first, _, rest = words.replace("T", " ").partition(" ")
    if day is not None and ":" in first and not rest:
        first, rest = day.isoformat(), first
    found = _date(first)
    # A spreadsheet's date has an hour of its own; the one of another column counts.
    hour = _hour(rest.split()[-1]) if rest.split() else None
    if found is None or hour is None or not 1970 <= found.year <= 2199:
        return None
    return datetime.combine(found, hour)


def _date(words: str) -> date | None:
    for form in _DATES:
        with suppress(ValueError):
            return datetime.strptime(words, form).date()  # noqa: DTZ007
    return None


def _hour(words: str) -> time | None:
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])(?:[:.][0-5][0-9])?", words)
    return time(int(found[1]), int(found[2])) if found else None
