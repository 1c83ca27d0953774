"""Writes schedule.xml so that c3voc's schema.xsd and the apps that read it take it."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from lxml import etree

from event.agenda.model import Agenda
from event.formats.schedule.write import document

_SESSION = (
    "date", "start", "duration", "room", "slug", "url", "title", "subtitle", "track", "type",
    "language", "abstract", "feedback_url",
)  # fmt: skip
_OPTIONAL = {"url", "language", "feedback_url"}
_CONFERENCE = ("acronym", "title", "start", "end", "timeslot_duration", "time_zone_name")


def write(
    agenda: Agenda,
    *,
    version: str,
    cancelled: Literal["omit", "keep"] = "omit",
    language: str | None = None,
    public: bool = True,
) -> bytes:
    """Return what is published of an agenda as schedule.xml, in one language of the event.

    The same agenda gives the same bytes; reading them gives the same agenda, in that language.
    `cancelled` sessions are left out or kept with a word before their title; unless it is `public`,
    drafts, sessions for some categories and unlisted speakers are in it too.
    """
    made = document(
        agenda,
        version=version,
        cancelled=cancelled,
        language=language,
        public=public,
        multilingual=False,
    )
    root = etree.Element("schedule")
    etree.SubElement(root, "generator", name="eventday")
    _add(root, "version", made["version"])
    _conference(root, made)
    for day in made["conference"]["days"]:
        _day(root, day)
    beyond = json.dumps(made["conference"]["meta"]["eventday"], sort_keys=True)
    # "?>" would end the instruction; in JSON it only occurs in strings, where it can be escaped.
    root.append(etree.ProcessingInstruction("eventday", beyond.replace("?>", "?\\u003e")))
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return text.rstrip()


def _conference(root: etree._Element, made: Mapping[str, Any]) -> None:
    facts = made["conference"]
    conference = etree.SubElement(root, "conference")
    for key in _CONFERENCE:
        _add(conference, key, facts[key])
    _add(conference, "days", str(facts["daysCount"]))
    _add(conference, "base_url", made["base_url"])
    for track in facts["tracks"]:
        etree.SubElement(conference, "track", track)


def _day(root: etree._Element, made: Mapping[str, Any]) -> None:
    day = etree.SubElement(
        root,
        "day",
        index=str(made["index"]),
        date=made["date"],
        start=made["day_start"],
        end=made["day_end"],
    )
    for given in made["rooms"]:
        room = etree.SubElement(day, "room", name=given["name"])
        if given["guid"]:
            room.set("guid", given["guid"])
        for session in given["events"]:
            _session(room, session)


def _session(room: etree._Element, made: Mapping[str, Any]) -> None:
    event = etree.SubElement(room, "event", id=str(made["id"]), guid=made["guid"])
    for key in _SESSION:
        if made.get(key) or key not in _OPTIONAL:
            _add(event, key, made[key])
    if "do_not_record" in made:
        recording = etree.SubElement(event, "recording")
        _add(recording, "license", made["recording_license"])
        _add(recording, "optout", "true" if made["do_not_record"] else "false")
    persons = etree.SubElement(event, "persons")
    for person in made["persons"]:
        element = _add(persons, "person", person["name"])
        element.set("id", str(person["id"]))
        element.set("guid", person["guid"])
    for key in ("links", "attachments"):
        if made.get(key):
            links = etree.SubElement(event, key)
            for link in made[key]:
                element = _add(links, key.removesuffix("s"), link["title"] or link["url"])
                element.set("href", link["url"])


def _add(parent: etree._Element, tag: str, words: str) -> etree._Element:
    element = etree.SubElement(parent, tag)
    element.text = words
    return element
