"""What formats share that say nothing, or next to nothing, about the event."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from event.agenda.model import Event, Link, guid_of
from event.errors import Invalid
from event.formats.builder import Builder
from event.formats.html import is_html, plain
from event.formats.imported import MAX_BYTES, Imported, Report
from event.formats.schedule.document import Document, made_acronym, records, web_address, words
from event.text import clean, text
from event.times import from_local, zone


def load(data: bytes) -> Any:
    """Return what a JSON file holds, with every string cleaned. Raises Invalid when it is none."""
    if len(data) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES} bytes; is it an agenda?")
    try:
        return _cleaned(json.loads(data))
    except (ValueError, RecursionError):
        raise Invalid(
            "The file is no JSON in UTF-8; export it again and import it whole."
        ) from None


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return {clean(k): _cleaned(v) for k, v in value.items()} if isinstance(value, dict) else value


def objects(value: object, key: str, depth: int = 8) -> Iterator[Document]:
    """Yield the objects that have `key`, wherever in a document they are; none lies in another."""
    if isinstance(value, dict) and key in value:
        yield value
    elif isinstance(value, (dict, list)) and depth:
        for item in value.values() if isinstance(value, dict) else value:
            yield from objects(item, key, depth - 1)


def by_id(document: object, name: str) -> dict[str, Document]:
    """Return the table of that name in a document, a list or an object, by its rows' ids."""
    table = document.get(name) if isinstance(document, dict) else None
    listed = records(list(table.values()) if isinstance(table, dict) else table)
    return {words(row, "code", "id"): row for row in listed}


def moment(report: Report, where: str, value: object, tz: ZoneInfo) -> datetime | None:
    """Return a time in ISO 8601 as UTC, None when it is none; without an offset it is of `tz`."""
    if not isinstance(value, str) or len(value) <= len("2025-06-03"):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not 1970 <= parsed.year <= 2200:
        return None
    if parsed.tzinfo:
        return parsed.astimezone(UTC)
    utc, decided = from_local(parsed, tz)
    if decided == "gap":
        report.repaired(where, f"{value} is skipped when clocks go forward", "moved it forward")
    elif decided == "overlap":
        report.repaired(where, f"{value} happens twice when clocks go back", "took the first")
    return utc


def prose(report: Report, where: str, value: str) -> str:
    """Return text for people without HTML, which is reported."""
    if not is_html(value):
        return value
    report.repaired(where, "its text is HTML", "made it plain text")
    return plain(value)


def web_links(
    report: Report, where: str, *links: tuple[str, str], language: str = ""
) -> tuple[Link, ...]:
    """Return links of addresses and titles; what is no address on the web is reported."""
    found = []
    for address, title in links:
        if url := web_address(address):
            found.append(Link(url=url, title={language: title} if title else {}))
        elif address:
            report.lost(where, f"“{address}” is no web address", "left it out")
    return tuple(found)


def bare_event(report: Report, *, timezone: str, language: str, title: str = "") -> Event:
    """Return an event of what is known; its days are set when its sessions are.

    Raises Invalid when `timezone` or `language` are none.
    """
    if not title:
        title = "Imported agenda"
        report.repaired("event", "the file does not say its title", f"called it “{title}”")
    if not timezone:
        timezone = "Etc/UTC"
        report.repaired("event", "the file does not say its time zone", f"took {timezone}")
    acronym = made_acronym(title[:40])
    return Event(
        uuid=guid_of("event", acronym),
        acronym=acronym,
        title=text({language: title}),
        timezone=zone(timezone).key,
        starts_on=date.max,
        ends_on=date.min,
        languages=(language,),
    )


def finished(
    builder: Builder, event: Event, *, kind: str, carries: Mapping[str, frozenset[str]]
) -> Imported:
    """Return what was read. Raises Invalid when no session is left."""
    # What is told of a speaker or room with each session is reported once.
    agenda, repairs = builder.agenda(event), tuple(dict.fromkeys(builder.report))
    if not agenda.sessions:
        causes = [str(repair) for repair in repairs if repair.where != "event"]
        why = f" because of {causes[-1]}" if causes else ""
        raise Invalid(f"No session of the file can be kept{why}; export it again with sessions.")
    names = dict.fromkeys(("room", "track", "sessiontype"), frozenset({"name"}))
    return Imported(
        agenda=agenda,
        carries=names | dict(carries),
        repairs=repairs,
        text_language=builder.language,
        format=kind,
    )
