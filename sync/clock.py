"""The event's time on a device whose own clock may be wrong and may be set (docs/door.md).

Times are `t`, `boot` and `mono`: the device's clock, a start's name, and what was counted since. A
start has such times and `now`, the event's time then; `heard` when the server has said so. All are
milliseconds. Pure functions; web/shared/clock.js is the same.
"""

import math
from collections.abc import Sequence

from sync.replica import Row

NOISE, FRESH = 2_000, 60_000
"""What clocks may differ by because of the network; how long a start's word stays the newest."""

Starts = Sequence[Row]


def moment_of(times: Row, starts: Starts) -> int:
    """Return when something was: only the counter moves time on, whatever was done to the clock."""
    for start in starts:
        if start["boot"] == times["boot"]:
            return int(start["now"] + times["mono"] - start["mono"])
    return int(times["t"])


def moments(items: Sequence[Row], starts: Starts, now: int) -> list[int]:
    """Return when items, oldest first, were made: none later than the next one, or than now."""
    following, found = now + 1, []
    for item in reversed(items):
        following = min(moment_of(item, starts), following - 1)
        found.append(following)
    return found[::-1]


def begun(
    starts: Starts, times: Row, *, items: Sequence[Row], end: float = math.inf
) -> list[Row]:  # fmt: skip
    """Return the starts with a new one; `items` are what this device did, oldest first.

    It has but the device's clock, and asks it once. That is believed, unless it goes back behind
    what is known (the server's last word, what was done here in starts that heard it) or on beyond
    the event's `end`: then time goes on from what is known, and the clock is `doubted`.
    """
    sure = {start["boot"]: start for start in starts if start["heard"]}
    last = [*sure.values()][-1] if sure else {"t": 0, "now": 0}
    done = [moment_of(item, starts) for item in items if item["boot"] in sure][-1:]
    known, guess = max([last["now"], *done]), times["t"] + last["now"] - last["t"]
    doubted = not known <= guess < end
    named = {item["boot"] for item in items}
    kept = [start for start in starts if start is last or start["boot"] in named]
    new = {"now": known if doubted else guess, "heard": False, "doubted": doubted}
    return [*kept, {**times, **new}]


def heard(starts: Starts, times: Row, *, said: int, asked: Row) -> Starts:
    """Return the starts after the server has said the event's time, to what was asked before.

    It was right between the question and now, so that a slow answer turns nothing back.
    """
    *before, start = starts
    now = moment_of(times, starts)
    right = min(max(now, said), said + times["mono"] - asked["mono"])
    is_news = abs(right - now) >= NOISE or now - start["now"] >= FRESH
    if start["heard"] and not is_news:
        return starts
    return [*before, {**times, "now": right, "heard": True}]
