"""Whether phones that are online learn of real changes before it is too late; in simulated time."""

import json
import random
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from feed import Row
from processes import ROOT

from sync.feed import PUBLIC

REAL = ROOT.parent / "shared" / "data" / "changes.jsonl"
PHONES, LIVE = 100, 1.0
"""Phones a change; and the seconds within which `live.py` finds that listeners hear."""
HOUR = 3_600


def made_up(chance: random.Random) -> list[float]:
    """Return seconds from changes to the starts they are about: one in ten is two hours or less."""
    return [
        chance.uniform(300, 2 * HOUR) if chance.random() < 0.1 else chance.uniform(2, 96) * HOUR
        for _ in range(3_000)
    ]


def real() -> list[float]:
    """Return those seconds for the changes of real events that came before a start."""
    changes = [json.loads(line) for line in REAL.read_text().splitlines()]
    return [one["lead_min"] * 60 for one in changes if one["lead_min"] > 0]


def learned(leads: list[float], wait: Callable[[], float]) -> float:
    """Return the percentage of phones and changes that hear of the change before the start."""
    heard = (wait() < lead for lead in leads for _ in range(PHONES))
    return 100 * sum(heard) / (PHONES * len(leads))


def replayed(name: str, leads: list[float]) -> Iterator[Row]:
    """Yield the share that learned, by how phones ask."""
    chance = random.Random(7)  # noqa: S311  # a simulation, no secret
    ways: dict[str, tuple[Callable[[], float], str]] = {
        "live": (lambda: LIVE, "value >= 100"),
        "head": (lambda: chance.uniform(0, sum(PUBLIC.poll)), "value >= 100"),
        "2h": (lambda: chance.uniform(0, 2 * HOUR), ""),
        "24h": (lambda: chance.uniform(0, 24 * HOUR), ""),
    }
    for way, (wait, goal) in ways.items():
        yield Row(f"replay.{name}.{way}", learned(leads, wait), "%", goal, "100")


def rows(_: Path) -> Iterator[Row]:
    """Yield every row."""
    logs = {"made": made_up(random.Random(1))}  # noqa: S311
    if REAL.exists():
        logs["real"] = real()
    yield from chain.from_iterable(replayed(name, leads) for name, leads in logs.items())
