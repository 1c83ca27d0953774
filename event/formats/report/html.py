"""The report as one HTML file: everything in it, bars drawn as SVG, ready to print on A4."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from event.agenda.model import Event
from event.door.report import QUARTER, Day, Report, Share
from event.formats.report.words import Speaker
from event.people.occasion import dates
from event.schedule.feedback import BEST
from event.text import Text, pick
from event.times import from_seconds

_WIDTH, _HEIGHT = 640, 120


def page(found: Report, event: Event, *, language: str, at: datetime, words: bool = False) -> str:
    """Return the page in English or Polish, with times of the venue; `at` is when it was made.

    Only with `words` it holds what attendees wrote.
    """
    say, tz = Speaker(language), ZoneInfo(event.timezone)
    title = pick(event.title, [language])[0]
    when = dates(event.starts_on, event.ends_on, language)
    known = say("counted", moment=say.moment(at.astimezone(tz)))
    notes = (known, say("with_words" if words else "counts_only"))
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p class=quiet>{escape(say('title'))} · {escape(when)}</p>",
        _figures(found, say),
        *(_days(found.days, say, tz) if found.days else [f"<p>{say('nobody')}</p>"]),
        _shares("countries", "country", _countries(found, say), say),
        _shares("categories", "category", _named(found, language), say),
        _sessions(found, say, tz) if found.sessions else "",
        _feedback(found, say, tz) if found.feedback else "",
        _words(found, say) if words else "",
        f"<footer>{escape(' '.join(notes))}</footer>",
    ]
    return (
        f'<!doctype html>\n<html lang="{escape(say.language)}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} – {escape(say('title'))}</title>\n<style>{_STYLE}</style>\n"
        f"<main>\n{chr(10).join(filter(None, parts))}\n</main>\n</html>\n"
    )


def _figures(found: Report, say: Speaker) -> str:
    """Return the three numbers that everybody asks for first."""
    countries = sum(1 for share in found.countries if share.came and share.name)
    numbers = {"registered": found.registered, "came": found.came, "countries": countries}
    cells = (f"<div><b>{number:,}</b> {escape(say(key))}</div>" for key, number in numbers.items())
    return f"<div class=figures>{''.join(cells)}</div>"


def _days(days: Sequence[Day], say: Speaker, tz: ZoneInfo) -> Iterable[str]:
    most = max(day.came for day in days)
    rows = [
        [escape(say.day(day.day)), _bar(day.came, most), f"{day.came}", f"{day.first_time}"]
        for day in days
    ]
    yield _table("days", [say("day"), "", say("came"), say("first_time")], rows, say)
    most = max(people for day in days for _, people in day.arrivals)
    times = [_hour(day, at, tz) for day in days for at, _ in day.arrivals]
    hours = range(int(min(times)), int(max(times)) + 1)
    yield f"<section><h2>{escape(say('arrivals'))}</h2>"
    for day in days:
        start, people = day.peak
        when = "–".join(
            f"{from_seconds(at).astimezone(tz):%H:%M}" for at in (start, start + QUARTER)
        )
        caption = f"{say.day(day.day)} · {say('peak', time=when, people=people)}"
        yield f"<figure><figcaption>{escape(caption)}</figcaption>"
        yield f"{_chart(day, most, hours, tz)}</figure>"
    yield "</section>"


def _chart(day: Day, most: int, hours: range, tz: ZoneInfo) -> str:
    """Return a day's arrivals as bars on an axis of whole hours; `most` is the highest bar."""
    unit = _WIDTH / len(hours)
    bars = []
    for step in day.arrivals:
        x, height = (_hour(day, step[0], tz) - hours.start) * unit, step[1] / most * _HEIGHT
        which = " class=peak" if step == day.peak else ""
        bars.append(
            f'<rect{which} x="{x:.1f}" y="{_HEIGHT - height:.1f}" '
            f'width="{unit / 4 - 1:.1f}" height="{height:.1f}"/>'
        )
    marks = (
        f'<text x="{(hour - hours.start) * unit:.1f}" y="{_HEIGHT + 16}">{hour % 24:02d}:00</text>'
        for hour in hours[:: -(-len(hours) // 12)]
    )
    return (
        f'<svg viewBox="0 -4 {_WIDTH} {_HEIGHT + 24}" role="img" aria-label="{day.day}">'
        f'{"".join(bars)}<path d="M0 {_HEIGHT}H{_WIDTH}"/>{"".join(marks)}</svg>'
    )


def _hour(day: Day, at: int, tz: ZoneInfo) -> float:
    """Return the hour of an event day's moment, 24 and more after midnight."""
    local = from_seconds(at).astimezone(tz)
    return (local.date() - day.day).days * 24 + local.hour + local.minute / 60


def _named(found: Report, language: str) -> list[Share]:
    return [
        Share(pick(name, [language])[0] or share.name, share.registered, share.came)
        for name, share in found.categories
    ]


def _countries(found: Report, say: Speaker) -> list[Share]:
    return [replace(share, name=say.country(share.name)) for share in found.countries]


def _shares(title: str, one: str, shares: Sequence[Share], say: Speaker) -> str:
    most = max([share.came for share in shares] or [0])
    rows = [
        [escape(s.name or say("unknown")), _bar(s.came, most), str(s.came), str(s.registered)]
        for s in shares
    ]
    return _table(title, [say(one), "", say("came"), say("registered")], rows, say)


def _sessions(found: Report, say: Speaker, tz: ZoneInfo) -> str:
    most = max(item.came for item in found.sessions)
    rows = [
        [
            _session(item.title, item.starts_at, say, tz),
            _bar(item.came, most),
            str(item.came),
            str(item.booked),
            "–" if item.capacity is None else str(item.capacity),
        ]
        for item in found.sessions
    ]
    heads = [say("session"), "", say("came"), say("booked"), say("places")]
    return _table("sessions", heads, rows, say)


def _feedback(found: Report, say: Speaker, tz: ZoneInfo) -> str:
    rows = [
        [
            _session(item.title, item.starts_at, say, tz),
            _bar(item.mean, BEST),
            f"{item.mean:.1f}",
            str(item.people),
        ]
        for item in found.feedback
    ]
    return _table("feedback", [say("session"), "", say("rating"), say("people")], rows, say)


def _words(found: Report, say: Speaker) -> str:
    """Return what attendees wrote, by session; nobody is named."""
    parts = [
        f"<h3>{escape(pick(item.title, [say.language])[0])}</h3>"
        f"{''.join(f'<blockquote>{escape(text)}</blockquote>' for text in item.texts)}"
        for item in found.feedback
        if item.texts
    ]
    return f"<section><h2>{escape(say('words'))}</h2>{''.join(parts)}</section>" if parts else ""


def _session(title: Text, starts_at: int, say: Speaker, tz: ZoneInfo) -> str:
    starts = say.moment(from_seconds(starts_at).astimezone(tz))
    return f"{escape(pick(title, [say.language])[0])} <small>{escape(starts)}</small>"


def _bar(number: float, most: int) -> str:
    """Return a bar; the number beside it is for those who do not see it."""
    width = number / most * 100 if most else 0
    return (
        '<svg class=bar viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width:.1f}" height="10"/></svg>'
    )


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], say: Speaker) -> str:
    head = "".join(f"<th scope=col>{escape(word)}</th>" for word in heads)
    body = "".join(
        f"<tr><th scope=row>{first}</th>{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>"
        for first, *rest in rows
    )
    return (
        f"<section><h2>{escape(say(title))}</h2><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></section>"
    )


_STYLE = """
@page { size: A4; margin: 16mm }
body { margin: 0; background: #fff; color: #1b1f24; font: 15px/1.45 system-ui, sans-serif }
main { max-width: 42rem; margin: 0 auto; padding: 2rem 1rem }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2 }
h2 { margin: 2rem 0 .5rem; font-size: 1.15rem }
h3 { margin: 1.25rem 0 .25rem; font-size: 1rem; break-after: avoid }
blockquote { margin: .5rem 0; padding-left: .75rem; border-left: 3px solid #9aa0a6;
  white-space: pre-line; overflow-wrap: anywhere }
.quiet, small, footer, figcaption, thead { color: #4a5260 }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.5rem 0 }
.figures b { display: block; font-size: 2.4rem; line-height: 1.1; color: #0b57a4 }
table { width: 100%; border-collapse: collapse }
th { text-align: left; font-weight: 400 }
thead th { font-size: .85rem; border-bottom: 1px solid #9aa0a6 }
tbody th { width: 40% }
th, td { padding: .25rem .5rem .25rem 0; vertical-align: middle }
td:nth-child(2) { width: 35% }
th:nth-child(n + 3), td:nth-child(n + 3) { text-align: right; font-variant-numeric: tabular-nums }
small { display: block }
.bar { display: block; width: 100%; height: .9rem }
rect { fill: #0b57a4 }
rect.peak { fill: #c2410c }
path { stroke: #9aa0a6; fill: none }
figure { margin: .5rem 0 1.5rem }
figure svg { width: 100%; height: auto }
figure text { font-size: 11px; fill: #4a5260 }
footer { margin-top: 2.5rem; border-top: 1px solid #9aa0a6; padding-top: .75rem; font-size: .85rem }
tr, figure, blockquote, footer { break-inside: avoid }
h2 { break-after: avoid }
@media print { body { print-color-adjust: exact } main { padding: 0 } }
"""
