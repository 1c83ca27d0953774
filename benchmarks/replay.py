"""When phones learn how real agendas change, and what nobody is told when it changes back.

Some phones are woken by `GET /v1/live`, some poll as the head says, some every so many hours.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import mean

from feed import Row
from histories import HOUR, Change, Editor, at_once, flipped, made, recorded
from occasion import Follower, Occasion

HOLD = timedelta(minutes=15)
FOLLOWING = {"live": 1, "head": 1, "2h": 12, "24h": 24}
"""Phones, by how they hear; those of an interval ask at moments spread over it."""
INTERVALS = {"2h": 2 * HOUR, "24h": 24 * HOUR}


def learned(
    history: list[Change],
    folder: Path,
    *,
    database: str = "",
    following: Mapping[str, int] = FOLLOWING,
) -> dict[str, float]:
    """Return the percentage of phones and changes that knew before the start, by how they hear."""
    editor = Editor(history)
    occasion = Occasion(folder, editor, at=history[0].at - HOUR, database=database)
    until = max(change.until for change in history)
    chance = Random(7)  # noqa: S311  # a simulation, no secret
    ways = {
        way: [Follower(folder / f"{way} {number}", occasion, chance) for number in range(phones)]
        for way, phones in following.items()
    }
    for way, phones in ways.items():
        for number, phone in enumerate(phones):
            if way == "live":
                phone.listen()
                continue
            every = INTERVALS.get(way)
            first = (every or HOUR / 30) * number / len(phones)
            occasion.then(occasion.now + first, partial(phone.poll, every, until=until))
    published: list[tuple[Change, int]] = []

    def edit(changes: list[Change]) -> None:
        operations = [one for change in changes for one in editor.operations(change)]
        if not operations or (seq := occasion.edit(operations)) is None:
            return
        since = time.perf_counter()
        published.extend((change, seq) for change in changes)
        for phone in ways["live"]:
            phone.woken(since)

    for at, changes in at_once(history):
        occasion.then(at, partial(edit, changes))
    occasion.run()
    occasion.close()
    return {
        way: 100 * mean(phone.knew(*one) for phone in phones for one in published)
        for way, phones in ways.items()
    }


@dataclass(frozen=True, slots=True)
class Held:
    """Changes that flipped back inside the hold, messages that speak of them, and all others."""

    flipped: int
    about_them: int
    others: int


def held(
    history: list[Change], folder: Path, *, database: str = "", hold: timedelta = HOLD
) -> Held:
    """Return what people are told when each change waits so long that it may flip back.

    What changes only once cannot, and is left out. Another `hold` is no other measure of what flips
    back.
    """
    often = Counter(change.guid for change in history)
    history = [change for change in history if often[change.guid] > 1]
    editor = Editor(history)
    occasion = Occasion(folder, editor, at=history[0].at - HOUR, database=database)

    def edit(change: Change) -> None:
        is_new = change.guid not in editor.ids
        if operations := editor.operations(change):
            occasion.edit(operations, timedelta() if is_new else hold)

    for change in history:
        occasion.then(change.at, partial(edit, change))
    occasion.run()
    away = [(editor.ids[guid], since, back) for guid, since, back in flipped(history, HOLD)]
    said = list(occasion.messages())
    occasion.close()
    about = sum(any(session == one and since < at <= back + hold for one, since, back in away)
                for session, at in said)  # fmt: skip
    return Held(len(away), about, len(said) - about)


def replayed(name: str, history: list[Change], folder: Path) -> Iterator[Row]:
    """Yield the share that learned, by how phones hear; and what was said of what flipped back."""
    for part in ("learned", "held"):
        (folder / f"{name} {part}").mkdir(parents=True)
    for way, share in learned(history, folder / f"{name} learned").items():
        goal = "value >= 100" if way in {"live", "head"} else ""
        yield Row(f"replay.{name}.{way}", share, "%", goal, "100")
    found = held(history, folder / f"{name} held")
    yield Row(f"replay.{name}.flipped", found.flipped, "sessions", "")
    yield Row(f"replay.{name}.flipped.messages", found.about_them, "messages", "value <= 0", "0")
    yield Row(f"replay.{name}.messages", found.others, "messages", "value >= 1")


def rows(folder: Path) -> Iterator[Row]:
    """Yield every row."""
    for name, history in ({"made": made(200)} | recorded()).items():
        yield from replayed(name.lower(), history, folder)
