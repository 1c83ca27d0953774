"""Writes schedule.json, version 1, so that its schema and the apps that read it take it."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from event.agenda.model import Agenda
from event.formats.schedule.document import no_page
from event.formats.schedule.write import document

_SCHEMA = "https://c3voc.de/schedule/schema.json"
_ZONE = re.compile(r"[A-Z][a-z]+/[A-Z][a-z]+.*|.*UTC")
"""The time zones that the schema takes; of another a reader of ours learns in `meta`."""


def write(
    agenda: Agenda,
    *,
    version: str,
    cancelled: Literal["omit", "keep"] = "omit",
    language: str | None = None,
    public: bool = True,
) -> bytes:
    """Return what is published of an agenda as schedule.json; the other languages are in `meta`.

    The same agenda gives the same bytes; reading them gives the same agenda, in all languages.
    `cancelled` sessions are left out or kept with a word before their title; unless it is `public`,
    drafts, sessions for some categories and unlisted speakers are in it too.
    """
    made = document(
        agenda,
        version=version,
        cancelled=cancelled,
        language=language,
        public=public,
        multilingual=True,
    )
    base, conference = made["base_url"], dict(made["conference"])
    conference["acronym"] = conference["acronym"].replace("-", "_")
    if not _ZONE.fullmatch(conference["time_zone_name"]):
        del conference["time_zone_name"]
    conference["days"] = [_day(day, base) for day in conference["days"]]
    schedule = {"version": made["version"], "base_url": base, "conference": conference}
    root = {"$schema": _SCHEMA, "generator": {"name": "eventday"}, "schedule": schedule}
    return json.dumps(root, ensure_ascii=False, separators=(",", ":")).encode()


def _day(day: Mapping[str, Any], base: str) -> dict[str, Any]:
    rooms = {room["name"]: [_session(s, base) for s in room["events"]] for room in day["rooms"]}
    return {**day, "rooms": rooms}


def _session(session: Mapping[str, Any], base: str) -> dict[str, Any]:
    changed: dict[str, Any] = {
        "url": session["url"] or no_page(base, session["id"]),
        "persons": [{"guid": p["guid"], "name": p["name"]} for p in session["persons"]],
    }
    for key in {"links", "attachments"} & session.keys():
        changed[key] = [{k: words for k, words in link.items() if words} for link in session[key]]
    return {**session, **changed}
