"""Which format a file is in, found by looking into it; a name proves nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from event.agenda.model import Agenda
from event.errors import Invalid
from event.formats import pretalx, sessionize
from event.formats.agenda_xlsx import read as agenda_xlsx
from event.formats.agenda_xlsx import write as agenda_xlsx_write
from event.formats.agenda_yaml import read as agenda_yaml
from event.formats.agenda_yaml import write as agenda_yaml_write
from event.formats.icalendar import read as icalendar_read
from event.formats.icalendar import write as icalendar_write
from event.formats.imported import MAX_BYTES, Cancelled, Imported
from event.formats.schedule import json as schedule_json
from event.formats.schedule import xml as schedule_xml

FORMATS = (
    "schedule.xml, schedule.json, pretalx JSON, Sessionize JSON, iCalendar, XLSX and eventday's "
    "agenda.yaml"
)


def read_file(path: Path, *, timezone: str = "", language: str = "") -> Imported:
    """Return the agenda in a file.

    `timezone` and `language` serve formats that do not say theirs. Raises Invalid for a file that
    cannot be read, is over 50 MB, or is in none of the formats.
    """
    try:
        if path.exists() and not path.is_file():
            raise Invalid(f"{path} is no file.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_BYTES:
        raise Invalid(f"{path} has more than {MAX_BYTES:,} bytes; is it an agenda?")
    if not data.strip():
        raise Invalid(f"{path} is empty.")
    return read_bytes(data, timezone=timezone, language=language, folder=path.parent)


def read_bytes(
    data: bytes, *, timezone: str = "", language: str = "", folder: Path | None = None
) -> Imported:
    """Return the agenda in the bytes of a file; pictures it names lie in `folder`.

    Raises what `read_file` does.
    """
    if (read := _reader(data)) is agenda_yaml.read:
        return agenda_yaml.read(data, timezone=timezone, language=language, folder=folder)
    return read(data, timezone=timezone, language=language)


def write_file(
    name: str, agenda: Agenda, *, version: str, language: str | None, cancelled: Cancelled
) -> bytes:
    """Return the agenda in the format of that name, byte for byte the same each time.

    `version` tells readers of schedule.xml and schedule.json what they have; `language` and
    `cancelled` ("omit" or "keep") are for the formats that cannot say all.
    """
    if name == "agenda.yaml":
        return agenda_yaml_write.write(agenda)
    if name == "agenda.xlsx":
        return agenda_xlsx_write.write(agenda)
    if name == "agenda.ics":
        return icalendar_write.write(agenda, language=language)
    if name == "schedule.xml":
        return schedule_xml.write(agenda, version=version, language=language, cancelled=cancelled)
    return schedule_json.write(agenda, version=version, language=language, cancelled=cancelled)


def _reader(data: bytes) -> Callable[..., Imported]:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    if start.startswith(b"PK\x03\x04"):
        return agenda_xlsx.read
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return schedule_xml.read
    if start[:15].upper() == b"BEGIN:VCALENDAR":
        return icalendar_read.read
    if start[:1] in {b"{", b"["}:
        return _json_reader(data)
    if b"\x00" in data:
        raise Invalid(f"The file is in none of the formats: {FORMATS}.")
    return agenda_yaml.read


def _json_reader(data: bytes) -> Callable[..., Imported]:
    try:
        document: Any = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The file looks like JSON but is not: {error}. Export it again.") from None
    keys = set(document) if isinstance(document, dict) else set()
    schedule = document["schedule"] if "schedule" in keys else None
    if isinstance(schedule, dict) and "conference" in schedule:
        return schedule_json.read
    if {"sessions", "speakers", "categories"} <= keys:
        return sessionize.read
    first = document[0] if isinstance(document, list) and document else {}
    if isinstance(first, dict) and ({"groupName", "rooms"} & set(first)):
        return sessionize.read
    return pretalx.read
