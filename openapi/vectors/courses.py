"""Courses: what all scans of one holder at one gate come to, whatever their order."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from drafts import DAYS, HERE, NOW, THERE

from event.door.decide import Policy, event_day
from event.door.history import Entry, course_of

MINUTE = 60
FIRST, SECOND, THIRD = 0x1, 0x2, 0x3


def entry(
    number: int, after: int = 0, *, kind: str = "scan", about: int = 0, **values: Any
) -> Entry:
    """Return an entry so many seconds after nine o'clock."""
    said: dict[str, Any] = {"outcome": "admitted" if kind == "scan" else "", "device": HERE}
    target = _id(about) if about else ""
    return Entry(_id(number), kind, at=(NOW + after) * 1000, target=target, **said | values)


def undo(number: int, after: int, about: int = FIRST, **values: Any) -> Entry:
    """Return an undo of a scan."""
    return entry(number, after, kind="undo", about=about, **values)


def answer(number: int, after: int, outcome: str, about: int = FIRST, **values: Any) -> Entry:
    """Return the answer to a question."""
    return entry(number, after, kind="answer", about=about, outcome=outcome, **values)


def _id(number: int) -> str:
    return f"01973478-a380-7000-8000-{number:012x}"


ASKED = entry(FIRST, outcome="ask", reason="look_at_id")
AT_ONCE, LATER = entry(SECOND, device=THERE), entry(SECOND, 10 * MINUTE, device=THERE)
BACK = entry(SECOND, 60 * MINUTE, device=THERE, reason="reentry")
OUT = entry(SECOND, 60 * MINUTE, leaving=True)

COURSES: tuple[tuple[str, Policy, Iterable[Entry], Sequence[int]], ...] = (
    ("nobody came", Policy.FIRST_ENTRY, (), ()),
    ("one entry", Policy.FIRST_ENTRY, (entry(FIRST),), ()),
    ("refused", Policy.FIRST_ENTRY, (entry(FIRST, outcome="refused", reason="cancelled"),), ()),
    ("asked and not answered", Policy.FIRST_ENTRY, (ASKED,), ()),
    ("asked and let in", Policy.FIRST_ENTRY, (ASKED, answer(SECOND, 20, "admitted")), ()),
    ("asked and not let in", Policy.FIRST_ENTRY, (ASKED, answer(SECOND, 20, "refused")), ()),
    ("asked, first no and then yes", Policy.FIRST_ENTRY,
     (ASKED, answer(SECOND, 20, "refused"), answer(THIRD, 40, "admitted")), ()),
    ("asked, let in and undone", Policy.FIRST_ENTRY,
     (ASKED, answer(SECOND, 20, "admitted"), undo(THIRD, 30)), ()),
    ("an answer to no question", Policy.FIRST_ENTRY, (answer(SECOND, 20, "admitted"),), ()),
    ("an answer that lets in whom the rule refused", Policy.FIRST_ENTRY,
     (entry(FIRST, outcome="refused", reason="full"), answer(SECOND, 20, "admitted")), ()),
    ("undone after two minutes", Policy.FIRST_ENTRY, (entry(FIRST), undo(SECOND, 120)), ()),
    ("undone a second later than that", Policy.FIRST_ENTRY, (entry(FIRST), undo(SECOND, 121)), ()),
    ("undone by another door", Policy.FIRST_ENTRY,
     (entry(FIRST), undo(SECOND, 9, device=THERE)), ()),
    ("undone by the help desk a day later", Policy.FIRST_ENTRY,
     (entry(FIRST), undo(SECOND, 86400, device="helpdesk/desk", trusted=True)), ()),
    ("an undo of nothing", Policy.FIRST_ENTRY, (entry(FIRST), undo(SECOND, 9, about=THIRD)), ()),
    ("a double undone", Policy.FIRST_ENTRY,
     (entry(FIRST), LATER, undo(THIRD, 11 * MINUTE, about=SECOND, device=THERE)), ()),
    ("the first of two undone", Policy.FIRST_ENTRY, (entry(FIRST), LATER, undo(THIRD, 60)), ()),
    ("back from lunch", Policy.FIRST_ENTRY, (entry(FIRST), BACK), ()),
    ("two doors without a network", Policy.FIRST_ENTRY, (entry(FIRST), LATER), ()),
    ("two doors in the same moment", Policy.FIRST_ENTRY, (AT_ONCE, entry(FIRST)), ()),
    ("three doors", Policy.ONCE, (entry(FIRST), LATER, entry(THIRD, 1200, device="scanner-c")), ()),
    ("the same badge again", Policy.FIRST_ENTRY,
     (entry(FIRST), entry(SECOND, 9, reason="repeat")), ()),
    ("the same badge again, and the first of it undone", Policy.FIRST_ENTRY,
     (entry(FIRST), entry(SECOND, 9, reason="repeat"), undo(THIRD, 15)), ()),
    ("counted by two doors in free flow", Policy.FIRST_ENTRY,
     (entry(FIRST), entry(SECOND, 600, device=THERE, reason="free_flow")), ()),
    ("let in by the help desk all the same", Policy.ONCE,
     (entry(FIRST), entry(SECOND, 600, reason="override", trusted=True)), ()),
    ("a double with a question", Policy.FIRST_ENTRY,
     (entry(FIRST), entry(SECOND, 60, device=THERE, outcome="ask", reason="look_at_id"),
      answer(THIRD, 90, "admitted", about=SECOND, device=THERE)), ()),
    ("once a day, on both days", Policy.ONCE_PER_DAY, (entry(FIRST), entry(SECOND, 86400)), ()),
    ("once a day, twice on a day", Policy.ONCE_PER_DAY, (entry(FIRST), LATER), ()),
    ("once a day, after the event", Policy.ONCE_PER_DAY,
     (entry(FIRST, 5 * 86400), entry(SECOND, 5 * 86400 + 600, device=THERE)), ()),
    ("counted each time", Policy.COUNT, (entry(FIRST), LATER), ()),
    ("a badge taken twice", Policy.PICKUP, (entry(FIRST), LATER), ()),
    ("practice", Policy.PRACTICE, (entry(FIRST), LATER), ()),
    ("in and out", Policy.IN_AND_OUT, (entry(FIRST), OUT), ()),
    ("in, out and in", Policy.IN_AND_OUT,
     (entry(FIRST), OUT, entry(THIRD, 7200, device=THERE)), ()),
    ("in twice", Policy.IN_AND_OUT, (entry(FIRST), LATER), ()),
    ("in on both days", Policy.IN_AND_OUT, (entry(FIRST), entry(SECOND, 86400)), ()),
    ("in and out, and the next day out", Policy.IN_AND_OUT,
     (entry(FIRST), entry(SECOND, 86400, leaving=True)), ()),
    ("out without in", Policy.IN_AND_OUT, (OUT,), ()),
    ("everybody sent out", Policy.FIRST_ENTRY, (entry(FIRST),), (600,)),
    ("sent out and back", Policy.FIRST_ENTRY, (entry(FIRST), entry(SECOND, 1200)), (600,)),
    ("let in at the moment of the alarm", Policy.FIRST_ENTRY, (entry(FIRST, 600),), (600,)),
    ("sent out before anybody came", Policy.FIRST_ENTRY, (entry(FIRST, 700),), (600,)),
    ("two alarms", Policy.IN_AND_OUT, (entry(FIRST), entry(SECOND, 900), entry(THIRD, 1500)),
     (600, 1200)),
    ("sent out, two doors later", Policy.FIRST_ENTRY,
     (entry(FIRST), entry(SECOND, 900), entry(THIRD, 960, device=THERE)), (600,)),
    ("an undo makes the next one no double", Policy.ONCE,
     (entry(FIRST), undo(SECOND, 30), entry(THIRD, 60, device=THERE)), ()),
)  # fmt: skip


def courses() -> Any:
    """Return the entries of a holder, the moments of a gate's clears, and what they come to."""
    return {"days": DAYS, "courses": [_course(*case) for case in COURSES]}


def _course(
    name: str, policy: Policy, entries: Iterable[Entry], clears: Sequence[int]
) -> dict[str, Any]:
    cleared = [(NOW + after) * 1000 for after in clears]
    made = course_of(entries, cleared, policy=policy, day_of=lambda at: event_day(DAYS, at // 1000))
    return {
        "name": name,
        "policy": policy,
        "entries": [asdict(one) for one in entries],
        "cleared": cleared,
        "course": asdict(made) if made else None,
    }
