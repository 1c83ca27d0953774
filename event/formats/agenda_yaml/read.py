"""Reads our own agenda file in YAML, as docs/agenda-file.md describes it and agenda.schema.json.

Only what people write by hand is YAML here: no anchors, no tags, and every value is the text that
stands there, but for true, false and whole numbers; 10:30, no and 2025-06-03 stay words.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from event.errors import Invalid
from event.formats.agenda_file.entry import Problems, Spot
from event.formats.agenda_file.read import carried, read_tree
from event.formats.imported import MAX_BYTES, Imported, Report

MAX_DEPTH = 12
MAX_VALUES = 2_000_000

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS: Mapping[str, str | bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_HINTS = {
    "cannot start any token": "use spaces instead of tabs, and quotes around such a text",
    "mapping values are not allowed": "indent it as its neighbours, or put quotes around a text "
    "that holds a colon and a space",
    "did not find expected ','": "a bracket before it is not closed, or a comma is missing",
    "did not find expected key": "check that the keys of an entry stand exactly below each other",
    "could not find expected ':'": "write a colon and a space after each key",
    "did not find expected '-'": "check that the hyphens of a list stand below each other",
    "found unexpected end of stream": "a quote or bracket before it is not closed",
}


def read(
    data: bytes, *, timezone: str = "", language: str = "", folder: Path | None = None
) -> Imported:
    """Return the agenda of a YAML agenda file; media given as `file` are read from `folder`.

    `timezone` and `language` stand in for what the event does not say. The file speaks for all
    that it could hold. Raises Invalid with a line for each problem, with line and key.
    """
    tree, lines = load(data)

    def locate(spot: Spot) -> str:
        known = next(spot[:length] for length in range(len(spot), -1, -1) if spot[:length] in lines)
        return f"line {lines[known]}, {dotted(spot)}" if spot else "line 1"

    report = Report()
    problems = Problems(locate)
    agenda = read_tree(tree, problems, report, timezone=timezone, language=language, folder=folder)
    return Imported(
        agenda=agenda,
        carries=carried(agenda),
        repairs=tuple(report),
        complete=True,
        format="agenda-yaml",
    )


def load(data: bytes) -> tuple[Any, dict[Spot, int]]:
    """Return the tree of a YAML document and the line each of its values stands in.

    Raises Invalid for what is not UTF-8, not YAML, or more than an agenda file needs.
    """
    if len(data) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES // 1_000_000} MB; is it an agenda?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(f"Line {line} is not UTF-8; save the file as UTF-8 text.") from None
    document = _Document(yaml.parse(text, Loader=yaml.CSafeLoader))
    try:
        return document.whole(), document.lines
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise Invalid(f"Line {line} holds a character no text needs; delete it.") from None
    except yaml.MarkedYAMLError as error:
        raise Invalid(_sentence(error)) from None


def dotted(spot: Spot) -> str:
    """Return a spot as people read it: sessions[3].starts."""
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in spot)
    return words.removeprefix(".")


def _sentence(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"Line {mark.line + 1}, column {mark.column + 1}" if mark else "The file"
    problem = error.problem or "cannot be read"
    hint = next((hint for sign, hint in _HINTS.items() if sign in problem), "look just before it")
    return f"{where}: no valid YAML ({problem}); {hint}."


class _Document:
    """Builds the tree from the parser's events, and keeps where each value stands."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.lines: dict[Spot, int] = {(): 1}

    def whole(self) -> Any:
        """Return the value of the one document."""
        tree = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if tree is not None:
                    raise _refusal(event, "a second document starts; delete the line ---")
                tree = self.value(next(self.events), ())
        return tree

    def value(self, event: Any, spot: Spot) -> Any:
        """Return the value that starts with this event."""
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _refusal(event, "& and * are no shorthand here; write it out or use quotes")
        if event.tag is not None:
            raise _refusal(event, "a text that starts with ! needs quotes")
        if len(spot) > MAX_DEPTH or len(self.lines) > MAX_VALUES:
            raise _refusal(event, "this is deeper or longer than an agenda can be")
        self.lines[spot] = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(spot)
        return self.mapping(spot)

    def sequence(self, spot: Spot) -> list[Any]:
        """Return the items up to the list's end."""
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, (*spot, len(items))))
        return items

    def mapping(self, spot: Spot) -> dict[str, Any]:
        """Return the keys and values up to the mapping's end; all keys are text."""
        pairs: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None or event.tag is not None or event.anchor is not None:
                raise _refusal(event, "a key must be a word")
            if key in pairs:
                first = self.lines[(*spot, key)]
                raise _refusal(event, f"the key {key} stands already in line {first}; delete one")
            pairs[key] = self.value(next(self.events), (*spot, key))
            self.lines[(*spot, key)] = event.start_mark.line + 1
        return pairs


def _refusal(event: Any, what: str) -> Invalid:
    mark = event.start_mark
    return Invalid(f"Line {mark.line + 1}, column {mark.column + 1}: {what}.")


def _scalar(event: Any) -> str | int | bool | None:
    words: str = event.value
    if event.style:
        return words
    return int(words) if _INTEGER.fullmatch(words) else _WORDS.get(words, words)
