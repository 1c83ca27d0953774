"""What all scans of one holder at one gate come to, in whatever order they arrived; a pure rule.

Scans are facts and verdicts given by a device stay. What follows from them (who is inside, who was
admitted twice) is computed from the whole set, ordered by repaired time and id. Milliseconds.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from event.door.decide import Outcome, Policy

UNDO_WITHIN = 120_000
"""Milliseconds in which the device that admitted somebody may take it back."""

_FRESH = {"", "look_at_id", "note", "question"}
"""Reasons of an admission by somebody who believed it to be the first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A scan, an undo, or the answer to a question (`kind`); `target` is what the others are about.

    `trusted` is what a help desk or an organiser said, who may undo whatever and whenever.
    """

    id: str
    kind: str
    at: int
    device: str
    outcome: str
    reason: str = ""
    target: str = ""
    leaving: bool = False
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Double:
    """An admission beside an earlier one, which whoever gave it had not heard of."""

    scan: str
    other: str
    gap: int


@dataclass(frozen=True, slots=True)
class Course:
    """Where a holder stands; `entries` and `days` count since the gate was last cleared."""

    entries: int
    days: int
    inside: bool
    first_at: int
    last_at: int
    last_device: str
    doubles: tuple[Double, ...]


def course_of(
    entries: Iterable[Entry],
    cleared: Sequence[int],
    *,
    policy: Policy,
    day_of: Callable[[int], int | None],
) -> Course | None:
    """Return what the entries come to, None when nobody was admitted.

    `cleared` are the moments, ascending, at which everybody was sent out.
    """
    passed = admissions(list(entries))
    if not passed or policy is Policy.PRACTICE:
        return None
    count = days = 0
    inside, last, doubles, clears = False, passed[0], [], 0
    for entry in passed:
        if (now := bisect_right(cleared, entry.at)) != clears:
            clears, count, days, inside = now, 0, 0, False
        day = day_of(entry.at)
        bit = 0 if day is None else 1 << day
        if entry.leaving:
            inside = False
        elif entry.reason != "repeat":
            is_known = {
                Policy.ONCE_PER_DAY: bool(days & bit),
                Policy.IN_AND_OUT: inside,
                Policy.COUNT: False,
            }.get(policy, count > 0)
            if is_known and entry.reason in _FRESH:
                doubles.append(Double(entry.id, last.id, entry.at - last.at))
            count, days, inside = count + 1, days | bit, True
        last = entry
    if bisect_right(cleared, last.at) != len(cleared):
        count, days, inside = 0, 0, False
    return Course(count, days, inside, passed[0].at, last.at, last.device, tuple(doubles))


def admissions(entries: list[Entry]) -> list[Entry]:
    """Return the scans by which somebody passed, in order: not undone, questions answered yes."""
    scans = {entry.id: entry for entry in entries if entry.kind == "scan"}
    undone = {
        entry.target
        for entry in entries
        if entry.kind == "undo" and _may_undo(entry, scans.get(entry.target))
    }
    let_in = {
        entry.target
        for entry in entries
        if entry.kind == "answer" and entry.outcome == Outcome.ADMITTED
    }
    passed = [
        scan
        for scan in scans.values()
        if scan.id not in undone
        and (
            scan.outcome == Outcome.ADMITTED or (scan.outcome == Outcome.ASK and scan.id in let_in)
        )
    ]
    return sorted(passed, key=lambda scan: (scan.at, scan.id))


def _may_undo(undo: Entry, scan: Entry | None) -> bool:
    if scan is None:
        return False
    is_own = undo.device == scan.device and undo.at - scan.at <= UNDO_WITHIN
    return undo.trusted or is_own
