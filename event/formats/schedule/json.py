"""Reads schedule.json, version 1, as frab, pretalx and the hub at c3voc do.

The format: c3voc, validator/json/schedule.schema.json; https://c3voc.de/wiki/schedule.
"""

import json
from typing import Any

from event.errors import Invalid
from event.formats.imported import MAX_BYTES, Imported
from event.formats.schedule.document import Document
from event.formats.schedule.json_write import write
from event.formats.schedule.read import read_document

__all__ = ["read", "write"]


def read(data: bytes, *, timezone: str = "", language: str = "") -> Imported:
    """Return the agenda in a schedule.json; `timezone` and `language` where it names none.

    Raises Invalid, with the line, when it is no JSON, and when it is too large or no schedule.
    """
    return read_document(
        _document(_parsed(data).get("schedule")),
        kind="schedule.json",
        timezone=timezone,
        language=language,
        multilingual=True,
    )


def _parsed(data: bytes) -> dict[str, Any]:
    if not data.strip():
        raise Invalid("The file is empty; export it again.")
    if len(data) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES // 1_000_000} MB; is it an agenda?")
    try:
        parsed = json.loads(data)
    except json.JSONDecodeError as error:
        raise Invalid(
            f"Line {error.lineno} of the file (at column {error.colno}) cannot be read as JSON: "
            f"{error.msg}. Mend that line or export the file again."
        ) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(10) + 1
        raise Invalid(f"Line {line} of the file is not UTF-8; save it as UTF-8.") from None
    except (RecursionError, ValueError):
        raise Invalid(
            "The file is nested too deeply or holds a number too large for an agenda; "
            "export it again."
        ) from None
    return parsed if isinstance(parsed, dict) else {}


def _document(schedule: object) -> Document:
    if not (isinstance(schedule, dict) and isinstance(schedule.get("conference"), dict)):
        return {}
    conference = schedule["conference"]
    days = conference.get("days")
    named = [_day(day) for day in days] if isinstance(days, list) else []
    return {**schedule, "conference": {**conference, "days": named}}


def _day(day: object) -> object:
    """Return a day with its rooms as a list: JSON has them by name."""
    if not (isinstance(day, dict) and isinstance(day.get("rooms"), dict)):
        return day
    rooms = [{"name": name, "events": events} for name, events in day["rooms"].items()]
    return {**day, "rooms": rooms}
