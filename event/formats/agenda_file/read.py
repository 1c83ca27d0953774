"""Turns the plain tree of an agenda file into an agenda, or says all that is wrong with it.

It knows no file; the YAML reader and the workbook reader bring the tree.
"""

import hashlib
import re
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from event.agenda.model import Agenda, Event, Part, guid_of
from event.errors import Invalid
from event.formats.agenda_file import values
from event.formats.agenda_file.check import check
from event.formats.agenda_file.entry import Problems, Reading, Record, Spot, record
from event.formats.agenda_file.fields import EVENT, NESTED, SECTIONS, Kind, new_key
from event.formats.agenda_file.media import describe
from event.formats.agenda_file.values import Wrong, hint, shown
from event.formats.imported import MAX_SESSIONS, Report
from event.text import LANGUAGE, pick
from event.times import event_day, zone


def read_tree(
    tree: Any,
    problems: Problems,
    report: Report,
    *,
    timezone: str = "",
    language: str = "",
    folder: Path | None = None,
) -> Agenda:
    """Return the agenda of a tree; provisional ids count from 1 in the order of each section.

    A session keeps the number its `id` gives. Raises Invalid with a line for each problem.
    """
    if not isinstance(tree, dict) or not isinstance(tree.get("event"), dict):
        problems.add(
            (),
            "it is no agenda file; start it with “event:” and, indented, its keys, or put a table "
            "into the workbook that “eventday export agenda.xlsx” writes",
        )
        problems.refuse()
    for name in tree:
        if name not in ("event", *SECTIONS):
            problems.add((name,), f"is unknown{hint(name, ['event', *SECTIONS])}")
    entries = {name: _entries(tree.get(name, []), name, problems) for name in SECTIONS}
    language = _first_language(tree["event"]) or language or "en"
    keys = {name: _keys(entries[name], name, language, problems) for name in SECTIONS}
    reading = Reading(problems, report, language, {name: _numbers(keys[name]) for name in SECTIONS})
    event = record(reading, EVENT, tree["event"], ("event",))
    _set_zone(reading, event, timezone)
    found = {name: _section(reading, name, entries[name], folder) for name in SECTIONS}
    _add_identity(found, keys, event.get("acronym", ""), language)
    _complete(reading, event, found["sessions"])
    check(problems, found)
    problems.refuse()
    for session in found["sessions"]:
        session["parts"] = tuple(Part(**part) for part in session.get("parts", ()))
    return Agenda(
        event=Event(**event),
        **{
            name: tuple(SECTIONS[name].model(**attributes) for attributes in records)
            for name, records in found.items()
        },
    )


def carried(agenda: Agenda) -> dict[str, frozenset[str]]:
    """Return what a merge may take from a file like this: all fields but the provisional ids.

    Pictures count only if every medium came with its own.
    """
    fields = {
        section.model.__name__.lower(): {
            field.attribute for field in section.fields if field.attribute not in ("", "id")
        }
        for section in (EVENT, *SECTIONS.values(), NESTED[Kind.PARTS])
    }
    if any(medium.content is None for medium in agenda.media):
        fields["media"].remove("content")
    return {kind: frozenset(attributes) for kind, attributes in fields.items()}


def _entries(value: Any, name: str, problems: Problems) -> list[Any]:
    if not isinstance(value, list):
        problems.add((name,), f"{shown(value)} stands where a list belongs; start each with “- ”")
        return []
    if len(value) > MAX_SESSIONS:
        raise Invalid(f"The file holds more than {MAX_SESSIONS} {name}; is it an agenda?")
    return value


def _first_language(event: Mapping[str, Any]) -> str:
    languages = event.get("languages")
    first = languages[0] if isinstance(languages, list) and languages else languages
    return first if isinstance(first, str) and LANGUAGE.fullmatch(first) else ""


def _keys(entries: list[Any], name: str, language: str, problems: Problems) -> list[str]:
    """Return the key of each entry: the one it gives, else one made from what people read."""
    chosen: dict[int, str] = {}
    taken: dict[str, int] = {}
    for index, entry in enumerate(entries):
        if isinstance(entry, dict) and "key" in entry:
            with problems.at((name, index, "key")):
                key = values.key(entry["key"])
                if key in taken:
                    raise Wrong(f"{shown(key)} is taken; each of the {name} needs its own key")
                chosen[index], taken[key] = key, 1
    spare = SECTIONS[name].singular.replace(" ", "-")
    return [
        chosen.get(index) or new_key(_words(entry, language), taken, f"{spare}-{index + 1}")
        for index, entry in enumerate(entries)
    ]


def _words(entry: Any, language: str) -> str:
    """Return the words that people know a raw entry by; "" if it has none."""
    for name in ("name", "title", "alt"):
        words = entry.get(name) if isinstance(entry, dict) else None
        if isinstance(words, dict):
            words = pick({tag: w for tag, w in words.items() if isinstance(w, str)}, [language])[0]
        if isinstance(words, str | int):
            return str(words)
    return ""


def _numbers(keys: list[str]) -> dict[str, int]:
    return {key: number for number, key in enumerate(keys, 1)}


def _set_zone(reading: Reading, event: Record, timezone: str) -> None:
    event["timezone"] = event.get("timezone") or timezone
    if not event["timezone"]:
        reading.problems.add(("event", "timezone"), "is missing; write for example Europe/Warsaw")
        return
    try:
        reading.tz = zone(event["timezone"])
    except Invalid as invalid:
        reading.problems.add(("event", "timezone"), invalid.detail)


def _section(reading: Reading, name: str, entries: list[Any], folder: Path | None) -> list[Record]:
    """Return the records of a section, complete but for ids and GUIDs."""
    found = []
    for index, entry in enumerate(entries):
        reading.day = None
        attributes = record(reading, SECTIONS[name], entry, (name, index))
        attributes.pop("key", None)
        if name == "media":
            _add_content(reading.problems, attributes, (name, index), folder)
        found.append(attributes)
    return found


def _add_content(problems: Problems, medium: Record, spot: Spot, folder: Path | None) -> None:
    """Set what follows from a medium's file or data; without either all of it must be given."""
    name, content = medium.pop("file", None), medium.pop("content", None)
    known = {key: medium.get(key) for key in ("sha256", "media_type", "bytes", "width", "height")}
    if name is None and content is None:
        if None in known.values():
            problems.add(spot, "has no picture; in YAML, write file: and the name of one beside it")
        elif not re.fullmatch(r"[0-9a-f]{64}", str(known["sha256"])):
            problems.add((*spot, "sha256"), f"{shown(known['sha256'])} is no SHA-256 checksum")
        return
    with problems.at((*spot, "data" if name is None else "file")):
        if name is not None and content is not None:
            raise Wrong("has file and data; delete one of them")
        content = values.encoded(content) if name is None else values.file_content(name, folder)
        try:
            picture = describe(content)
        except Invalid as invalid:
            raise Wrong(invalid.detail) from None
        digest = hashlib.sha256(content).hexdigest()
        facts = (digest, picture.media_type, len(content), picture.width, picture.height)
        for key, fact in zip(known, facts, strict=True):
            if known[key] not in (None, fact):
                raise Wrong(f"{key} of this picture is {fact}; delete the line {key}")
            medium[key] = fact
        medium["content"] = content


def _add_identity(
    found: Mapping[str, list[Record]], keys: Mapping[str, list[str]], acronym: str, language: str
) -> None:
    """Give ids and missing GUIDs; a GUID is made from the key, so it survives other changes."""
    part_ids = count(1)
    for name, records in found.items():
        section = SECTIONS[name]
        has_guid = any(field.kind is Kind.GUID for field in section.fields)
        free = count(max((entry.get("id", 0) for entry in records), default=0) + 1)
        for entry, key in zip(records, keys[name], strict=True):
            if "id" not in entry:
                entry["id"] = next(free)
            if has_guid:
                entry.setdefault("guid", guid_of(acronym, f"{section.singular} {key}"))
            taken: dict[str, int] = {}
            for number, part in enumerate(entry.get("parts", ()), 1):
                title = pick(part.get("title", {}), [language])[0]
                part_key = new_key(title, taken, f"part-{number}")
                part["id"] = next(part_ids)
                part.setdefault("guid", guid_of(entry["guid"], f"part {part_key}"))


def _complete(reading: Reading, event: Record, sessions: list[Record]) -> None:
    """Set what the event's entry leaves open, by the rest of the file, and report what is odd."""
    event.setdefault("uuid", guid_of(event.get("acronym", ""), "event"))
    others = sorted(reading.languages - {reading.language})
    missing = ", ".join(tag for tag in others if tag not in event.get("languages", others))
    if missing:
        what = f"texts are written in {missing} too"
        reading.repaired(("event", "languages"), what, "kept them; name the language to show it")
    event["languages"] = event.get("languages") or (reading.language, *others)
    days = [event_day(s["starts_at"], reading.tz) for s in sessions if "starts_at" in s]
    for name, first_or_last in (("starts_on", min), ("ends_on", max)):
        if name not in event and days:
            event[name] = first_or_last(days)
        elif name not in event and not sessions:
            reading.problems.add(("event", name), "is missing; write a day such as 2025-06-03")
    if not event.keys() >= {"starts_on", "ends_on"}:
        return
    if event["ends_on"] < event["starts_on"]:
        reading.problems.add(("event", "ends_on"), "is before starts_on")
    for index, session in enumerate(sessions):
        if "starts_at" in session:
            day = event_day(session["starts_at"], reading.tz)
            if not event["starts_on"] <= day <= event["ends_on"]:
                what = f"{day} is no day of the event"
                reading.repaired(("sessions", index, "starts"), what, "kept it")
