"""What somebody with pencil and paper finds who sees all that was done at an entrance, in order."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from simulation import POLICIES, Entrance, Fact, is_undone


class Sheet:
    """The paper list of one gate."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.inside: set[int] = set()
        self.visits: dict[int, list[int]] = defaultdict(list)
        self.first: dict[int, Fact] = {}
        self.last: dict[int, Fact] = {}
        self.days: dict[int, int] = {}
        self.doubles: list[tuple[str, str, str, int]] = []
        self.arrived: list[tuple[int, int]] = []

    def clear(self) -> None:
        self.inside.clear()
        self.visits.clear()

    def write(self, fact: Fact, day: int) -> None:
        holder = fact.holder
        if fact.reason == "repeat" and holder not in self.last:
            return  # what it repeats was taken back
        if fact.leaving:
            self.inside.discard(holder)
        elif fact.reason != "repeat":
            seen = {
                "first_entry": bool(self.visits[holder]),
                "once": bool(self.visits[holder]),
                "once_per_day": day in self.visits[holder],
                # Whoever did not scan out went home for the night.
                "in_and_out": holder in self.inside and self.days[holder] == day,
            }[self.policy]
            # Who let them in did not know of the time before.
            if seen and fact.reason not in {"reentry", "override"}:
                other = self.last[holder]
                gap = fact.believed - other.believed
                self.doubles.append(("double_admission", fact.id, other.id, gap))
            self.visits[holder].append(day)
            self.arrived.append((fact.believed, holder))
            self.inside.add(holder)
        self.first.setdefault(holder, fact)
        self.last[holder] = fact
        self.days[holder] = day

    def lines(self) -> Iterator[tuple[Any, ...]]:
        for holder, last in self.last.items():
            visits = self.visits[holder]
            days = sum(1 << day for day in set(visits))
            first = self.first[holder].believed
            yield (holder, len(visits), days, holder in self.inside, first, last.believed,
                   last.device)  # fmt: skip


def filled_in(entrance: Entrance) -> dict[str, Sheet]:
    """Return the lists of somebody with pencil and paper who sees all that was done, in order."""
    about = said_of(entrance)
    sheets = {slug: Sheet(policy) for slug, policy in POLICIES.items()}
    # Whoever is sent out at the moment somebody comes in was sent out before.
    for fact in sorted(
        entrance.facts.values(), key=lambda f: (f.believed, f.kind != "clear", f.id)
    ):
        if fact.kind == "clear":
            for slug in [fact.gate] if fact.gate else POLICIES:
                sheets[slug].clear()
        elif fact.kind == "scan" and fact.holder in entrance.people and has_passed(fact, about):
            day = next(n for n, (_, end) in enumerate(entrance.days) if fact.believed < end * 1000)
            sheets[fact.gate].write(fact, day)
    return sheets


def found_by_a_person(entrance: Entrance, sheets: dict[str, Sheet]) -> set[tuple[Any, ...]]:
    """Return what an organiser who knows all that was done should look at."""
    facts, about = entrance.facts.values(), said_of(entrance)
    return {
        *(double for sheet in sheets.values() for double in sheet.doubles),
        *(("should_have_refused", f.id, "", 0) for f in facts if is_late(f, entrance, about)),
        *(("clock_suspect", f.id, "", 0) for f in facts if f.kind == "scan" and f.skewed),
    }


def said_of(entrance: Entrance) -> dict[str, list[Fact]]:
    """Return what was said of each scan afterwards."""
    about: dict[str, list[Fact]] = defaultdict(list)
    for fact in entrance.facts.values():
        about[fact.target].append(fact)
    return about


def has_passed(fact: Fact, about: dict[str, list[Fact]]) -> bool:
    answers = [said.outcome for said in about[fact.id] if said.kind == "answer"]
    is_in = fact.outcome == "admitted" or (fact.outcome == "ask" and "admitted" in answers)
    return is_in and not is_undone(fact, about)


def is_late(fact: Fact, entrance: Entrance, about: dict[str, list[Fact]]) -> bool:
    """Say whether a door without a network let in who was not on the list, or not any more."""
    if fact.kind != "scan" or fact.online:
        return False
    if fact.outcome != "admitted" and not has_passed(fact, about):
        return False
    assert fact.holder is not None
    if fact.holder not in entrance.people:
        return True
    if fact.generation > 1:
        return False
    gone = entrance.cancelled.get(fact.holder, entrance.reissued.get(fact.holder))
    return gone is not None and gone * 1000 <= fact.believed
