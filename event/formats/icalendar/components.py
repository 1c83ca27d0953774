"""The lines of an iCalendar file as components and properties (RFC 5545, section 3.1).

The icalendar library's reader is not for hostile files: it keeps a file's time zones for all later
files, evaluates endless rules and takes a second per megabyte.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from icalendar.parser import unescape_backslash

from event.errors import Invalid
from event.formats.imported import MAX_BYTES, Report
from event.text import clean

_FOLD, _LINE_END = re.compile(rb"\r?\n[ \t]"), re.compile(r"\r?\n|\r")
_LINE = re.compile(r'([\w.-]+)((?:;[^=;:"]+=(?:"[^"]*"|[^";:])*+)*+):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([^=;:"]+)=((?:"[^"]*"|[^";:])*)')
_DEPTHS = {"VCALENDAR": 1, "VEVENT": 2, "VTIMEZONE": 2}


@dataclass(frozen=True, slots=True)
class Property:
    """One line: its parameters, names in upper case, and its value as it stands in the file."""

    parameters: Mapping[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as people read it."""
        return clean(unescape_backslash(self.value))


@dataclass(frozen=True, slots=True)
class Component:
    """What stands between a BEGIN and its END."""

    name: str
    properties: dict[str, list[Property]] = field(default_factory=dict)
    children: list["Component"] = field(default_factory=list)

    def first(self, *names: str) -> Property:
        """Return the first property of these names, an empty one when there is none."""
        found = (property_ for name in names for property_ in self.properties.get(name, []))
        return next(found, Property({}, ""))

    def word(self, name: str) -> str:
        """Return the first property of that name in upper case."""
        return self.first(name).text.upper()

    def named(self, *names: str) -> list["Component"]:
        """Return the components in it of those names."""
        return [child for child in self.children if child.name in names]

    @property
    def label(self) -> str:
        """How the report names it."""
        title = " ".join(self.first("SUMMARY").text.split())
        return f"entry “{title}” {clean(self.first('DTSTART').value)}".rstrip()

    @property
    def sequence(self) -> int:
        """Its revision (RFC 5545, section 3.8.7.4)."""
        value = self.first("SEQUENCE").value
        return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else 0


def parsed(report: Report, data: bytes) -> Component:
    """Return the components of a file below a nameless one; broken lines are reported."""
    if len(data) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES} bytes; is it an agenda?")
    data = _FOLD.sub(b"", data)  # before decoding: some part a character
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        report.repaired("file", "it is not in UTF-8", "read it as Windows-1252")
    stack = [Component("")]
    for line in filter(None, _LINE_END.split(text)):
        if (match := _LINE.fullmatch(line)) is None:
            report.lost("file", f"“{clean(line[:40])}” is no line of a calendar", "skipped it")
            continue
        name, value = match[1].upper(), match[3].strip()
        if name == "BEGIN":
            # What stands deeper than it can lacks an END before it.
            del stack[_DEPTHS.get(value.upper(), len(stack)) :]
            stack.append(Component(value.upper()))
            stack[-2].children.append(stack[-1])
        elif name == "END":
            if len(stack) > 1 and stack[-1].name == value.upper():
                stack.pop()
        else:
            pairs = {key.upper(): said.strip('"') for key, said in _PARAMETER.findall(match[2])}
            stack[-1].properties.setdefault(name, []).append(Property(pairs, value))
    return stack[0]
