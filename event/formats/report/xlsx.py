"""The report as a workbook: a sheet a subject, numbers as numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from event.agenda.model import Event
from event.door.report import Report, Share
from event.formats.agenda_xlsx.cells import escape
from event.formats.attendees.table import guarded
from event.formats.report.words import Speaker
from event.schedule.feedback import BEST, Rated
from event.text import pick
from event.times import from_seconds

Row = Sequence[str | int | None]


def workbook(
    found: Report, event: Event, *, language: str, at: datetime, words: bool = False
) -> bytes:
    """Return the workbook in English or Polish, with times of the venue.

    Only with `words` it holds what attendees wrote.
    """
    say, tz = Speaker(language), ZoneInfo(event.timezone)
    title, people = pick(event.title, [language])[0], (say("came"), say("registered"))
    sheets: dict[str, list[Row]] = {
        say("title"): [
            (title,),
            (say("registered"), found.registered),
            (say("came"), found.came),
            (say("counted", moment=say.moment(at.astimezone(tz))),),
            (say("with_words" if words else "counts_only"),),
        ],
        say("days"): [
            (say("day"), say("came"), say("first_time")),
            *((day.day.isoformat(), day.came, day.first_time) for day in found.days),
        ],
        say("arrivals"): [
            (say("day"), say("time"), say("people")),
            *(
                (day.day.isoformat(), f"{from_seconds(start).astimezone(tz):%H:%M}", number)
                for day in found.days
                for start, number in day.arrivals
            ),
        ],
        say("countries"): [
            (say("country"), *people),
            *_shares((replace(s, name=say.country(s.name)) for s in found.countries), say),
        ],
        say("categories"): [
            (say("category"), *people),
            *_shares(
                (
                    Share(pick(name, [language])[0] or share.name, share.registered, share.came)
                    for name, share in found.categories
                ),
                say,
            ),
        ],
        say("sessions"): [
            (say("session"), say("starts"), say("places"), say("booked"), say("came")),
            *(
                (
                    pick(item.title, [language])[0],
                    f"{from_seconds(item.starts_at).astimezone(tz):%Y-%m-%d %H:%M}",
                    item.capacity,
                    item.booked,
                    item.came,
                )
                for item in found.sessions
            ),
        ],
        say("feedback"): [
            (say("session"), say("people"), *map(str, range(1, BEST + 1))),
            *_rated(found.feedback, language),
        ],
    }
    if words:
        sheets[say("words")] = [
            (pick(item.title, [language])[0], text)
            for item in found.feedback
            for text in item.texts
        ]
    return _written(sheets)


def _shares(shares: Iterable[Share], say: Speaker) -> Iterable[Row]:
    return ((s.name or say("unknown"), s.came, s.registered) for s in shares)


def _rated(sessions: Iterable[Rated], language: str) -> Iterable[Row]:
    for item in sessions:
        yield (pick(item.title, [language])[0], item.people, *item.counts)


def _written(sheets: dict[str, list[Row]]) -> bytes:
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name[:31])
        sheet.column_dimensions["A"].width = 40
        for row in rows:
            sheet.append([escape(guarded(c)) if isinstance(c, str) else c for c in row])
    data = BytesIO()
    book.save(data)
    return data.getvalue()
