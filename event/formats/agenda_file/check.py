"""Checks what only shows when the entries of an agenda file are seen together."""

from collections.abc import Iterable, Mapping

from event.formats.agenda_file.entry import Problems, Record, Spot
from event.formats.agenda_file.values import shown
from event.formats.builder import LONGEST

Placed = list[tuple[Spot, Record]]


def check(problems: Problems, found: Mapping[str, list[Record]]) -> None:
    """Note sessions and parts that end before they start, and ids and GUIDs given twice."""
    placed: dict[str, Placed] = {
        name: [((name, index), record) for index, record in enumerate(records)]
        for name, records in found.items()
    }
    parts: Placed = [
        ((*spot, "parts", index), part)
        for spot, session in placed["sessions"]
        for index, part in enumerate(session.get("parts", ()))
    ]
    for spot, record in (*placed["sessions"], *parts):
        _check_times(problems, spot, record)
    for things in (placed["rooms"], placed["speakers"], placed["announcements"], parts):
        _refuse_twins(problems, things, ["guid"])
    _refuse_twins(problems, placed["sessions"], ["guid", "id", "source_id", "slug"])


def _check_times(problems: Problems, spot: Spot, record: Record) -> None:
    starts, ends = record.get("starts_at"), record.get("ends_at")
    if starts is None or ends is None:
        return
    if ends < starts:
        what = "is before the start; if it ends on another day, write that day too"
        problems.add((*spot, "ends"), what)
    elif ends - starts > LONGEST:
        problems.add((*spot, "ends"), f"is more than {LONGEST.days} days after the start")


def _refuse_twins(problems: Problems, things: Placed, attributes: Iterable[str]) -> None:
    for attribute in attributes:
        first: dict[object, Spot] = {}
        for spot, record in things:
            value = record.get(attribute)
            if value and value in first:
                other = problems.locate((*first[value], attribute))
                what = f"{shown(value)} is also given at {other}; delete it in the newer entry"
                problems.add((*spot, attribute), what)
            elif value:
                first[value] = spot
