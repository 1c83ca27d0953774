"""Certificates of attendance on paper: one A4 page each, in English and Polish."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO

from badges import font, qr
from badges.certificate import Certificate, Visited
from badges.face import Occasion
from badges.fit import fit
from badges.layout import DOT, POINT
from badges.logo import open_logo
from badges.marks import Code, Logo, Mark, rectangle
from badges.pdf import Page, canvas
from badges.table import GREY, INK, RULE, line
from event.people.occasion import dates

_WIDTH, _HEIGHT, _EDGE, _MARGIN = 210.0, 297.0, 10.0, 26.0
_ROOM = _WIDTH - 2 * _MARGIN
_FRAME, _THIN = "#0b57a4", 0.25
_ROW, _ROWS, _CODE = 5.2, 11, 50.0
_TAGS = ("en", "pl")
_TITLE = ("Certificate of Attendance", "Zaświadczenie o uczestnictwie")


def render(found: Iterable[tuple[Certificate, str]], occasion: Occasion, *, address: str) -> bytes:
    """Return a PDF with a page for each certificate and its code, as a QR code with a link.

    `address` is that of the page that verifies. A name with letters that the font lacks is left out
    for a pen; the code has it.
    """
    file = BytesIO()
    logo = open_logo(occasion)
    titled = replace(occasion, title=f"{_TITLE[0]} · {occasion.title}")
    made = canvas(file, titled)
    page = Page(made, (_WIDTH, _HEIGHT), logo)
    for certificate, code in found:
        page.draw(_frame())
        page.draw(_words(certificate, has_logo=logo is not None))
        page.draw(_foot(certificate, code, address))
        page.end()
    made.save()
    return file.getvalue()


def undrawn(certificate: Certificate) -> list[str]:
    """Return the letters of a name that the font lacks."""
    return font.clean(certificate.name)[1]


def _frame() -> Iterator[Mark]:
    """Yield a thick and a thin line around the page."""
    for inset, thick in ((_EDGE, 1.2), (_EDGE + 2.2, _THIN)):
        across, down = _WIDTH - 2 * inset, _HEIGHT - 2 * inset
        yield rectangle(inset, inset, across, thick, _FRAME)
        yield rectangle(inset, _HEIGHT - inset - thick, across, thick, _FRAME)
        yield rectangle(inset, inset, thick, down, _FRAME)
        yield rectangle(_WIDTH - inset - thick, inset, thick, down, _FRAME)


def _words(certificate: Certificate, *, has_logo: bool) -> Iterator[Mark]:
    """Yield what is certified, from the logo down to the sessions; fewer of them leave more air."""
    rows = len(certificate.sessions) + bool(certificate.more)
    y = (21 if has_logo else 9) + (_ROWS - rows) * _ROW * 0.3
    if has_logo:
        yield Logo(_MARGIN, y, _ROOM, 20, "center", "middle")
    yield from _middle(_TITLE[0], y + 37, size=29, bold=True, color=_FRAME)
    yield from _middle(_TITLE[1], y + 46, size=15, color=GREY)
    yield from _middle("This is to certify that · Zaświadcza się, że", y + 61, size=10, color=GREY)
    if not undrawn(certificate):
        yield from _middle(certificate.name, y + 75, size=26, bold=True)
    yield rectangle(_MARGIN + 20, y + 79, _ROOM - 40, _THIN, RULE)
    yield from _middle("attended · uczestniczył(a) w wydarzeniu", y + 87, size=10, color=GREY)
    y += 98
    for number, title in enumerate(_each(certificate.event)):
        yield from _middle(title, y, size=17 - 3 * number, bold=not number)
        y += 8 - number
    when = " / ".join(_each(_dated((certificate.first, certificate.last))))
    yield from _middle(" · ".join(filter(None, (certificate.place, when))), y, size=11)
    yield from _facts(certificate, y + 11)


def _facts(certificate: Certificate, y: float) -> Iterator[Mark]:
    """Yield the days and the sessions."""
    days = _each({tag: _days(certificate.days, tag) for tag in _TAGS})
    yield from _middle("Days attended · Dni obecności", y, size=8.5, color=GREY)
    yield from _middle(" / ".join(days), y + 5.4, size=11.5, bold=True)
    if not certificate.minutes:
        return
    y += 13
    count = len(certificate.sessions) + certificate.more
    what = "Sessions attended · Sesje, w których odnotowano obecność"
    yield from _middle(what, y, size=8.5, color=GREY)
    yield from _middle(f"{count} · {_length(certificate.minutes)}", y + 5.4, size=11.5, bold=True)
    y += 7
    for one in certificate.sessions:
        y += _ROW
        yield from _session(one, y)
    if certificate.more:
        more = f"+ {certificate.more} more · oraz inne: {certificate.more}"
        yield from line(more, _MARGIN + 23, y + _ROW, _ROOM - 43, size=9, color=GREY)


def _session(one: Visited, y: float) -> Iterator[Mark]:
    start = f"{one.starts_at:%d.%m. %H:%M}"
    yield from line(start, _MARGIN, y, 22, size=9, color=GREY)
    yield from line(one.title, _MARGIN + 23, y, _ROOM - 43, size=9)
    yield from line(_length(one.minutes), _MARGIN, y, _ROOM, size=9, align="right", color=GREY)


def _foot(certificate: Certificate, code: str, address: str) -> Iterator[Mark]:
    """Yield who organised it, a line to sign on, and the code that verifies."""
    modules = qr.of_text(f"{address}#{code}")
    dots = max(3, int(_CODE / DOT) // len(modules))
    side = len(modules) * dots * DOT
    bottom = _HEIGHT - _EDGE - 13
    left = _WIDTH - _MARGIN - side
    yield Code(left, bottom - side, dots, modules)
    room = left - _MARGIN - 10
    y = bottom - 43
    if certificate.organiser:
        yield from line("Organiser · Organizator", _MARGIN, y, room, size=8.5, color=GREY)
    for number, name in enumerate(_each(certificate.organiser)):
        for row in _wrapped(name, room, size=8.5, bold=not number):
            y += 3.9
            yield from line(row, _MARGIN, y, room, size=8.5, bold=not number)
    issued = " / ".join(_each(_dated((certificate.issued, certificate.issued))))
    yield from line(f"Issued · Wystawiono: {issued}", _MARGIN, bottom - 20, room, size=8.5)
    yield rectangle(_MARGIN, bottom - 10, 62, _THIN, RULE)
    about = {
        "Signature, if wanted · Podpis, jeśli potrzebny": GREY,
        "Attendance as scanned at the entrance. To verify, scan the code or open": GREY,
        "Obecność według skanów przy wejściu. Aby sprawdzić, zeskanuj kod lub otwórz": GREY,
        address: INK,
    }
    for number, (text, color) in enumerate(about.items()):
        yield from line(text, _MARGIN, bottom - 6.8 + 3.4 * number, room, size=7, color=color)


def _wrapped(text: str, room: float, *, size: float, bold: bool) -> tuple[str, ...]:
    """Return a text on up to two lines."""
    drawn, _ = font.clean(text)
    return fit(drawn, room / POINT, size=size, least=size * 0.8, lines=2, bold=bold).lines


def _middle(
    text: str, y: float, *, size: float, bold: bool = False, color: str = INK
) -> Iterator[Mark]:
    yield from line(text, _MARGIN, y, _ROOM, size=size, align="center", bold=bold, color=color)


def _each(text: Mapping[str, str]) -> list[str]:
    """Return a text in English and Polish, once when both are the same, else in what there is."""
    both = [text[tag] for tag in _TAGS if tag in text] or list(text.values())
    return list(dict.fromkeys(both))


def _dated(span: tuple[date, date]) -> dict[str, str]:
    return {tag: dates(*span, tag) for tag in _TAGS}


def _days(days: Iterable[date], language: str) -> str:
    """Return days as people write them, those that follow each other as a span."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and (day - spans[-1][1]).days == 1:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return ", ".join(dates(first, last, language) for first, last in spans)


def _length(minutes: int) -> str:
    """Return a length as both languages write it: 4 h 30 min."""
    hours, rest = divmod(minutes, 60)
    parts = (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "")
    return " ".join(part for part in parts if part)
