"""What all badges of a print share: the event's title, place, dates and logo, in one language."""

from datetime import date

from badges.face import Occasion
from event.agenda.model import Agenda
from event.text import pick

_MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
    "pl": ("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia",
           "września", "października", "listopada", "grudnia"),
}  # fmt: skip
_LOGOS = ("image/png", "image/jpeg")


def occasion_of(agenda: Agenda, language: str) -> Occasion:
    """Return title, the first venue's city, the dates and, where its bytes are loaded, the logo.

    Of several logos the first by priority that is a PNG or JPEG is taken.
    """
    logos = [
        item
        for item in agenda.media
        if item.kind == "logo" and item.content and item.media_type in _LOGOS
    ]
    place = next((v.city or pick(v.name, [language])[0] for v in agenda.venues), "")
    when = dates(agenda.event.starts_on, agenda.event.ends_on, language)
    return Occasion(
        title=pick(agenda.event.title, [language])[0],
        place_and_dates=", ".join(part for part in (place, when) if part),
        logo=min(logos, key=lambda item: item.priority).content if logos else None,
        language=language,
    )


def dates(first: date, last: date, language: str) -> str:
    """Return days as people write them in English or Polish, in ISO 8601 in other languages."""
    months = _MONTHS.get(language.split("-", maxsplit=1)[0])
    if not months:
        return str(first) if first == last else f"{first} – {last}"
    end = f"{last.day} {months[last.month - 1]} {last.year}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    start = f"{first.day} {months[first.month - 1]}"
    return f"{start} – {end}" if first.year == last.year else f"{start} {first.year} – {end}"
