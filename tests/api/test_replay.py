"""How agendas really change, replayed in short: who learns of it in time, and who is spared.

`make bench` replays the recorded histories, at length (docs/benchmarks.md).
"""

from datetime import timedelta
from pathlib import Path

import pytest
from histories import HOUR, Change, flipped, made
from occasion import PEOPLE
from replay import HOLD, Held, held, learned

HISTORY = made(30, longest=12 * HOUR)
FOLLOWING = {"live": 1, "head": 1, "2h": 2, "24h": 2}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_phones_that_are_online_learn_of_each_change_before_its_start(
    database_url: str, tmp_path: Path
) -> None:
    found = learned(HISTORY, tmp_path, database=database_url, following=FOLLOWING)
    assert (found["live"], found["head"]) == (100, 100)
    assert found["24h"] < found["2h"] < 100


def test_nobody_is_told_of_what_flips_back_inside_the_hold(
    database_url: str, tmp_path: Path
) -> None:
    found = held(HISTORY, tmp_path, database=database_url)
    assert found.about_them == 0
    assert found.flipped > 0
    assert found.others > 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_hold_everybody_is_told_of_it(database_url: str, tmp_path: Path) -> None:
    found = held(HISTORY, tmp_path, database=database_url, hold=timedelta())
    assert found == Held(found.flipped, found.flipped * PEOPLE, found.others)


def test_a_made_history_has_what_the_recorded_ones_have_in_common() -> None:
    history = made(2_000)
    first = {change.guid: change for change in reversed(history)}.values()
    late = sum(change.until - change.at <= 2 * HOUR for change in first) / len(first)
    gone = {change.guid for change in history if change.new is None}
    back = {change.guid for change in history if change.old is None and change.guid in gone}
    assert 0.07 < late < 0.13
    assert 0.2 < len(back) / len(gone) < 0.34


def test_what_flips_back_is_found_step_by_step() -> None:
    def change(minute: int, old: str, new: str) -> Change:
        def place(room: str) -> tuple[object, str]:
            return start, room

        return Change(start - 5 * HOUR + timedelta(minutes=minute), "s", place(old), place(new))  # type: ignore[arg-type]

    start = HISTORY[0].at
    steps = [change(0, "A", "B"), change(14, "B", "C"), change(28, "C", "A"),
             change(60, "A", "B"), change(75, "B", "A")]  # fmt: skip
    (only,) = flipped(steps, HOLD)
    assert only == ("s", steps[0].at, steps[2].at)
