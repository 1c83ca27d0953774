"""What time a device takes it to be, whatever is done to its clock."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from gates import Hall, a_gate, a_hall
from hypothesis import given
from hypothesis import strategies as st
from scanners import AT, Clock, Network, a_code, a_scanner, keep_time, published
from sqlalchemy import select

from api.app import service_of
from event.door.decide import Policy
from event.people.model import Attendee
from event.tables import scan
from sync.clock import begun, heard, moment_of, moments
from sync.scanner import Scanner

HOUR = 3_600
FUTURE, PAST = 2_366_841_600, -1_748_900_000
"""Seconds to 2100, and to 1970."""
EVA = Attendee(id=0, guid="", surname="Nowak", days=0b01)

TIMES = st.fixed_dictionaries(
    {"t": st.integers(0, 2**42), "boot": st.sampled_from("abc"), "mono": st.integers(0, 2**32)}
)


@given(
    history=st.lists(
        st.tuples(TIMES, st.integers(0, 2**41), st.booleans()), unique_by=lambda one: one[0]["boot"]
    ),
    done=st.lists(TIMES, max_size=6),
    now=TIMES.map(lambda times: times | {"boot": "now"}),
    end=st.integers(0, 2**42),
)
def test_time_only_goes_on_from_what_is_known(
    history: list[tuple[dict[str, Any], int, bool]],
    done: list[dict[str, Any]],
    now: dict[str, Any],
    end: int,
) -> None:
    starts = [times | {"now": at, "heard": is_heard} for times, at, is_heard in history]
    made = begun(starts, now, items=done, end=end)
    known = [start["now"] for start in starts if start["heard"]][-1:]
    assert moment_of(now, made[-1:]) >= max(known, default=0)
    assert made[-1]["doubted"] or moment_of(now, made[-1:]) < end
    dated = moments(done, made, moment_of(now, made))
    assert dated == sorted({*dated})
    assert all(at <= moment_of(now, made) for at in dated)


@given(
    now=st.integers(0, 2**41),
    said=st.integers(0, 2**41),
    took=st.integers(0, 20_000),
    is_heard=st.booleans(),
)
def test_an_answer_was_right_between_the_question_and_now(
    now: int, said: int, took: int, *, is_heard: bool
) -> None:
    asked = {"t": 0, "boot": "a", "mono": 0}
    after = asked | {"mono": took}
    starts = heard([asked | {"now": now, "heard": is_heard}], after, said=said, asked=asked)
    assert said - 2_000 < moment_of(after, starts) < said + took + 2_000
    assert starts[0]["heard"]
    if not is_heard:
        assert said <= moment_of(after, starts) <= said + took


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def network(app: Flask) -> Network:
    return Network(app)


@pytest.fixture
def hall(app: Flask, clock: Clock, tmp_path: Path) -> Hall:
    keep_time(app, clock)
    it = a_hall(service_of(app).db, tmp_path, [EVA])
    with service_of(app).db.write() as db:
        a_gate(db, "lunch", policy=Policy.ONCE, opens_at=AT, closes_at=AT + 2 * HOUR)
    return it


@pytest.fixture
def scanner(app: Flask, hall: Hall, network: Network, clock: Clock, tmp_path: Path) -> Scanner:
    it = a_scanner(tmp_path / "A", network, clock)
    it.enrol(a_code(app, gates=["main", "lunch"]))
    published(app)
    assert it.meet().outcome == "snapshot"
    hall.code()
    return it


def restarted(scanner: Scanner, network: Network, clock: Clock, boot: str) -> Scanner:
    return a_scanner(scanner.folder, network, clock, boot=boot)


def off(scanner: Scanner, clock: Clock) -> float:
    """Return by how many seconds a scanner is wrong."""
    return abs(scanner.now() / 1000 - clock.now)


@pytest.mark.parametrize("step", [600, -600, FUTURE, PAST])
def test_a_clock_that_is_set_changes_nothing(
    app: Flask, scanner: Scanner, hall: Hall, network: Network, clock: Clock, step: int
) -> None:
    network.fault = "lost"
    right = clock.off
    for moved, wants in ((step, "admitted"), (0, "repeat"), (step, "repeat")):
        clock.off = right + moved
        clock.now += 9
        verdict = scanner.scan(hall.code(), "lunch").verdict
        assert (verdict.reason or verdict.outcome) == wants
        assert off(scanner, clock) < 1
    network.fault = ""
    scanner.meet()
    assert off(scanner, clock) < 1
    with service_of(app).db.read() as db:
        found = db.execute(select(scan.c.t_est).order_by(scan.c.t_est)).scalars().all()
    assert found == pytest.approx([(AT + n) * 1000 for n in (9, 18, 27)], abs=2)


@pytest.mark.parametrize("wrong", [FUTURE, PAST, -HOUR])
def test_a_clock_that_is_far_off_after_a_restart_is_not_believed(
    scanner: Scanner, hall: Hall, network: Network, clock: Clock, wrong: int
) -> None:
    network.fault = "lost"
    clock.now += HOUR / 2
    scanner.scan(hall.code(), "main")
    right = clock.off
    clock.off = right + wrong
    it = restarted(scanner, network, clock, "b2")
    assert it.status()["doubted"]
    assert off(it, clock) < 1
    clock.now += 60
    assert it.scan(hall.code(), "main").verdict.reason == "reentry"
    it = restarted(it, network, clock, "b2")  # another command on the same device
    assert it.scan(hall.code(), "lunch").verdict.outcome == "admitted"
    assert off(it, clock) < 1
    clock.off = right
    clock.now += 600
    it = restarted(it, network, clock, "b3")
    assert not it.status()["doubted"]
    assert off(it, clock) < 1
    assert it.scan(hall.code(), "main").verdict.reason == "reentry"


def test_one_scan_in_a_wrong_future_is_put_right_when_the_server_is_heard(
    app: Flask, scanner: Scanner, hall: Hall, network: Network, clock: Clock
) -> None:
    network.fault = "lost"
    clock.off += 8 * HOUR  # still in the event
    it = restarted(scanner, network, clock, "b2")
    assert it.scan(hall.code(), "lunch").verdict.reason == "too_late"
    assert it.scan(hall.code(), "main").verdict.outcome == "admitted"
    clock.off -= 8 * HOUR
    clock.now += 20
    network.fault = ""
    published(app)
    it.meet()
    assert off(it, clock) < 1
    assert it.scan(hall.code(), "main").verdict.reason == "repeat"
    assert it.scan(hall.code(), "lunch").verdict.outcome == "admitted"


def test_a_wrong_clock_ends_no_shift_for_good(
    app: Flask, scanner: Scanner, hall: Hall, network: Network, clock: Clock
) -> None:
    scanner.enrol(a_code(app, gates=["main"], shift_ends_at=AT + HOUR))
    scanner.meet()
    network.fault = "lost"
    clock.off += 2 * HOUR
    it = restarted(scanner, network, clock, "b2")
    it.meet()
    assert it.is_over
    assert it.known
    network.fault = ""
    it.meet()
    assert not it.is_over
    assert it.scan(hall.code()).verdict.outcome == "admitted"

    clock.now += 2 * HOUR
    it = restarted(it, network, clock, "b3")
    assert it.known
    it.meet()  # which learns what time it is, and that it may ask no more
    assert it.known is None
    assert it.status()["unsent"] == 0


def test_a_guess_does_not_outlive_its_start(
    scanner: Scanner, hall: Hall, network: Network, clock: Clock
) -> None:
    network.fault = "lost"
    clock.off += 3 * HOUR
    it = restarted(scanner, network, clock, "b2")
    it.scan(hall.code(), "main")
    clock.off -= 3 * HOUR
    it = restarted(it, network, clock, "b3")
    assert off(it, clock) < 1
    assert it.scan(hall.code(), "main").verdict.reason == "repeat"
    clock.now += 60
    assert it.scan(hall.code(), "main").verdict.reason == "reentry"


def test_a_slow_answer_turns_nothing_back(
    scanner: Scanner, network: Network, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Network.__call__

    def slow(self: Network, *request: Any) -> Any:
        answer = ask(self, *request)
        clock.now += 14
        return answer

    monkeypatch.setattr(Network, "__call__", slow)
    scanner.meet()
    assert off(scanner, clock) < 1
    assert network.paths
