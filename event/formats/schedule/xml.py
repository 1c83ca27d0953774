"""Reads schedule.xml in the dialects of frab, pentabarf, pretalx, FOSDEM and DebConf.

The format: c3voc, https://c3voc.de/wiki/schedule, and its schema.xsd.
"""

import json
from html import escape
from typing import Any

from lxml import etree

from event.errors import Invalid
from event.formats.imported import MAX_BYTES, Imported
from event.formats.schedule.document import Document
from event.formats.schedule.read import read_document
from event.formats.schedule.xml_write import write

__all__ = ["read", "write"]


def read(data: bytes, *, timezone: str = "", language: str = "") -> Imported:
    """Return the agenda in a schedule.xml; `timezone` and `language` where it names none.

    Entities are never expanded and nothing is fetched. Raises Invalid, with the line, when it is
    not well-formed or declares entities, and when it is too large or no schedule.
    """
    document = _document(_root(data))
    return read_document(document, kind="schedule.xml", timezone=timezone, language=language)


def _root(data: bytes) -> etree._Element:
    if not data.strip():
        raise Invalid("The file is empty; export it again.")
    if len(data) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES // 1_000_000} MB; is it an agenda?")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = " ".join((error.msg or "it is broken").partition(", line ")[0].split())
        raise Invalid(
            f"Line {line} of the file (at column {column}) cannot be read as XML: {reason}. "
            "Mend that line or export the file again."
        ) from None
    # Without the NULs this finds it in UTF-16 as well.
    before, entity, _ = data.replace(b"\0", b"").partition(b"<!ENTITY")
    if entity and root.getroottree().docinfo.internalDTD is not None:
        raise Invalid(
            f"Line {before.count(10) + 1} of the file declares an entity, which an agenda does not "
            "need; take the DOCTYPE out and import it again."
        )
    if root.tag != "schedule":
        raise Invalid(
            f"The file is XML but holds <{root.tag}> instead of <schedule>; export a schedule.xml."
        )
    return root


def _document(root: etree._Element) -> Document:
    conference = root.find("conference")
    if conference is None:
        return {}
    tracks = [*conference.iterfind("track"), *root.iterfind("tracks/track")]
    return {
        "base_url": _text(root.find("base_url")),
        "conference": _children(conference)
        | {
            "tracks": [_record(track, "name") | _attributes(track) for track in tracks],
            "persons": [_record(person, "name") for person in root.iterfind("persons/person")],
            "days": [_day(day) for day in root.iterfind("day")],
            "meta": {"eventday": _ours(root)},
        },
    }


def _day(day: etree._Element) -> Document:
    rooms = [
        _attributes(room) | {"events": [_session(event) for event in room.iterfind("event")]}
        for room in day.iterfind("room")
    ]
    return _attributes(day) | {"rooms": rooms}


def _session(event: etree._Element) -> Document:
    session = _attributes(event) | _children(event)
    for key, item, words in (
        ("persons", "person", "name"),
        ("links", "link", "title"),
        ("attachments", "attachment", "title"),
    ):
        if key in session:
            found = event.iterfind(f"{key}/{item}")
            session[key] = [_record(element, words) for element in found]
    for recording in event.iterfind("recording"):
        said = _children(recording)
        session |= {"recording_license": said.get("license"), "do_not_record": said.get("optout")}
    return session


def _record(element: etree._Element, words: str) -> dict[str, Any]:
    """Return attributes, children and words of a person, link or track; an href is its url."""
    record = _attributes(element)
    if "href" in record:
        record["url"] = record.pop("href")
    return record | (_children(element) if len(element) else {words: element.text or ""})


def _attributes(element: etree._Element) -> dict[str, Any]:
    return {str(name): value for name, value in element.items()}


def _children(element: etree._Element) -> dict[str, Any]:
    """Return the words of each child; of several children of a name the first with any."""
    found: dict[str, Any] = {}
    for child in element.iterchildren(tag=etree.Element):
        found[str(child.tag)] = found.get(str(child.tag)) or _text(child)
    return found


def _text(element: etree._Element | None) -> str:
    """Return the words in an element; markup that was not escaped comes back as HTML."""
    if element is None:
        return ""
    if not len(element):
        return element.text or ""
    inside = (etree.tostring(child, encoding="unicode") for child in element)
    return escape(element.text or "", quote=False) + "".join(inside)


def _ours(root: etree._Element) -> object:
    for node in root.iterchildren(tag=etree.ProcessingInstruction):
        if getattr(node, "target", "") == "eventday":
            try:
                return json.loads(node.text or "")
            except (ValueError, RecursionError):
                return None
    return None
