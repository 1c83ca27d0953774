"""What all scans of one holder at one gate come to, in whatever order they arrived; a pure rule.

Scans are facts and verdicts given by a device stay. What follows from them (who is inside, who was
admitted twice) is computed from the whole set, ordered by repaired time and id. Milliseconds.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

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
    if policy is Policy.PRACTICE:
        return None
    course, doubles, clears, last = None, [], 0, ""
    for entry in admissions(list(entries)):
        if (now := bisect_right(cleared, entry.at)) != clears:
            clears, course = now, course and _sent_out(course)
        if course is None and entry.reason == "repeat":
            continue  # the entry that it repeats was undone
        if course and _is_double(course, entry, policy, day_of):
            doubles.append(Double(entry.id, last, entry.at - course.last_at))
        course, last = after(course, entry, day_of), entry.id
    if course and bisect_right(cleared, course.last_at) != len(cleared):
        course = _sent_out(course)
    return course and replace(course, doubles=tuple(doubles))


def followed(
    course: Course | None,
    passed: Iterable[Entry],
    *,
    cleared: int,
    policy: Policy,
    day_of: Callable[[int], int | None],
) -> Course | None:
    """Return where a holder stands after more admissions, which nobody took back.

    `course` is what came before, `cleared` when everybody was last sent out. None when only all
    entries tell: not everything is later than that, or somebody was admitted twice.
    """
    for entry in sorted(passed, key=lambda entry: (entry.at, entry.id)):
        if entry.at < cleared:
            return None
        if course is None and entry.reason == "repeat":
            continue
        if course and (entry.at <= course.last_at or _is_double(course, entry, policy, day_of)):
            return None
        course = after(course, entry, day_of)
    return course


def after(course: Course | None, entry: Entry, day_of: Callable[[int], int | None]) -> Course:
    """Return where a holder stands after one more admission."""
    course = course or Course(0, 0, False, entry.at, entry.at, "", ())
    entries, days, inside = course.entries, course.days, course.inside
    if entry.leaving:
        inside = False
    elif entry.reason != "repeat":
        day = day_of(entry.at)
        entries, days, inside = entries + 1, days | (0 if day is None else 1 << day), True
    return Course(entries, days, inside, course.first_at, entry.at, entry.device, ())


def _is_double(
    course: Course, entry: Entry, policy: Policy, day_of: Callable[[int], int | None]
) -> bool:
    """Say whether whoever gave an admission cannot have heard of the course so far."""
    if entry.leaving or entry.reason not in _FRESH:
        return False
    day = day_of(entry.at)
    match policy:
        case Policy.ONCE_PER_DAY:
            return day is not None and bool(course.days >> day & 1)
        case Policy.IN_AND_OUT:
            return course.inside and day_of(course.last_at) == day
        case Policy.COUNT:
            return False
    return course.entries > 0


def _sent_out(course: Course) -> Course:
    return replace(course, entries=0, days=0, inside=False)


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
        if entry.kind == "answer"
        and entry.outcome == Outcome.ADMITTED
        and _may_answer(entry, scans.get(entry.target))
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


def _may_answer(answer: Entry, scan: Entry | None) -> bool:
    return scan is not None and (answer.trusted or answer.device == scan.device)


def _may_undo(undo: Entry, scan: Entry | None) -> bool:
    if scan is None:
        return False
    is_own = undo.device == scan.device and undo.at - scan.at <= UNDO_WITHIN
    return undo.trusted or is_own
