"""Gates: whose rules count where a session has some of its own."""

from types import SimpleNamespace
from typing import Any

import pytest
from builders import an_agenda, publish_agenda
from gates import a_gate

from event.database import Database
from event.door.decide import Policy
from event.door.gates import Gate, days_between, gates, rules, set_gate
from event.errors import Invalid

START, END = 100_000, 103_600
OPEN = (START - 1800, END + 900)


@pytest.mark.parametrize(
    ("own", "session", "wanted"),
    [
        ({}, {}, (*OPEN, 30, False)),
        ({"opens_at": START}, {}, (START, OPEN[1], 30, False)),
        ({"closes_at": END}, {}, (OPEN[0], END, 30, False)),
        ({"capacity": 0}, {}, (*OPEN, 0, False)),
        ({"ended_at": START}, {}, (*OPEN, 30, True)),
        # Nobody knows when it goes on, and those who wait outside are to get in again.
        ({}, {"state": "suspended"}, (OPEN[0], None, 30, False)),
        ({}, {"state": "cancelled"}, (*OPEN, 30, True)),
        ({}, {"session_capacity": None}, (*OPEN, None, False)),
    ],
)
def test_a_gate_follows_its_session_but_for_what_it_says_itself(
    own: dict[str, Any], session: dict[str, Any], wanted: tuple[object, ...]
) -> None:
    facts = {"starts_at": START, "ends_at": END, "state": "confirmed", "session_capacity": 30}
    row = SimpleNamespace(**facts | session)
    found = rules(Gate(id=1, slug="room", name={}, session_id=1, **own), row, {})
    assert (found.opens_at, found.closes_at, found.capacity, found.ended) == wanted


def test_a_gate_without_a_session_is_open_as_it_says() -> None:
    found = rules(Gate(id=1, slug="x", name={}, categories=("vip",), opens_at=5), None, {"vip": 4})
    assert (found.opens_at, found.closes_at, found.capacity) == (5, None, None)
    assert found.categories == frozenset({4})


def test_a_gate_is_changed_by_what_is_named_and_by_nothing_twice(db: Database) -> None:
    publish_agenda(db, an_agenda())
    with db.write() as tx:
        a_gate(tx, "room", session_id=1, capacity=5, policy="once")
        for _ in range(2):
            set_gate(tx, "room", {"capacity": 6, "policy": "in_and_out"})
        (made,) = gates(tx)
        assert (made.capacity, made.session_id, made.policy) == (6, 1, Policy.IN_AND_OUT)
        for wrong in ({"opens_at": 2, "closes_at": 1}, {"opens_at": 2, "closes_at": 2}, {"id": 3}):
            with pytest.raises(Invalid):
                set_gate(tx, "room", wrong)
        assert gates(tx) == [made]


def test_a_day_lasts_from_four_to_four_and_none_is_missed() -> None:
    days = days_between("2025-03-29", "2025-03-31", "Europe/Warsaw")
    assert [end - start for start, end in days] == [23 * 3600, 24 * 3600, 24 * 3600]
    assert days[0][0] == 1_743_217_200  # 29 March 2025, 04:00 +01:00
    assert [end for _, end in days[:-1]] == [start for start, _ in days[1:]]
