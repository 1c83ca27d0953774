"""What phones say of a schedule: in any order and however often, one schedule comes of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from builders import fresh
from gates import a_sender, an_id
from hypothesis import given
from hypothesis import strategies as st
from plans import AT, NOW, Plan, a_plan, seats
from sqlalchemy import select

from event import tables
from event.database import Database
from event.people.tokens import Sender
from event.schedule.answers import answers_in
from event.schedule.bookmarks import marked
from event.schedule.rules import Question, set_rule
from sync.outbox import Batch, receive

SENT = NOW - 1_000
Phone = tuple[str, Sender | None]


def an_item(number: int, kind: str, *, ago: int = 1000, **payload: Any) -> dict[str, Any]:
    """Return an item of so many seconds before it is sent."""
    at = SENT - ago * 1000
    return {"id": an_id(number, at=at), "n": number, "kind": kind, "payload": payload}


def send(db: Database, phone: Phone, *items: Any, ahead: int = 0) -> list[str | None]:
    device, sender = phone
    batch = Batch(device=device, items=items, boot="b", sent_at=SENT, sent_mono=10_000_000)
    receipts = receive(db, batch, at=SENT, sender=sender, ahead=ahead)
    return [receipt.code for receipt in receipts]


def a_phone(db: Database, who: int) -> Phone:
    return a_sender(db, "attendee", attendee_id=who, at=AT - 9_000)


def stars(db: Database, who: int) -> list[int]:
    with db.read() as tx:
        return marked(tx, who)


def test_what_a_phone_says_stands_in_the_schedule(db: Database) -> None:
    plan = a_plan(db, places=1)
    one, two, _ = plan.people
    phone = a_phone(db, one)
    items = [
        an_item(1, "bookmark", session=plan.sessions[1], on=True),
        an_item(2, "bookmark", session=plan.sessions[2], on=True),
        an_item(3, "bookmark", session=plan.sessions[1], on=False, ago=900),
        an_item(4, "booking", session=plan.sessions[0], on=True),
    ]
    for _ in range(2):
        assert send(db, phone, *items) == [None] * 4
    assert stars(db, one) == [plan.sessions[2]]
    assert seats(db, plan.sessions[0]) == {one: "booked"}
    assert send(db, a_phone(db, two), items[3] | {"id": an_id(5)}) == [None]
    assert seats(db, plan.sessions[0]) == {one: "booked", two: "waiting"}
    assert stars(db, two) == []
    with db.read() as tx:
        assert tx.execute(select(tables.heard)).all() == []


@pytest.mark.parametrize("role", ["gate", "helpdesk", "organiser"])
def test_only_an_attendees_phone_has_a_schedule(db: Database, role: str) -> None:
    plan = a_plan(db)
    star = an_item(1, "bookmark", session=plan.sessions[0], on=True)
    assert send(db, a_sender(db, role), star) == ["not-allowed"]
    assert send(db, (a_phone(db, plan.people[0])[0], None), star) == ["not-enrolled"]
    scan = an_item(2, "scan", gate="main", outcome="refused")
    assert send(db, a_phone(db, plan.people[0]), scan) == ["not-allowed"]


BAD: list[dict[str, Any]] = [
    {},
    {"session": "1", "on": True},
    {"session": 0, "on": True},
    {"session": True, "on": True},
    {"session": 1, "on": 1},
    {"session": 1},
]
BAD_ANSWERS: list[Any] = [[], "x", {"a": 1}, {"a": "x" * 501}, {str(n): "" for n in range(21)}]


def test_a_malformed_item_stops_none_beside_it(db: Database) -> None:
    plan = a_plan(db)
    phone = a_phone(db, plan.people[0])
    number = 0
    for kind in ("bookmark", "booking"):
        for payload in (*BAD, *({"session": 1, "on": True, "answers": a} for a in BAD_ANSWERS)):
            if kind == "bookmark" and "answers" in payload:
                continue
            number += 2
            good = an_item(number, "bookmark", session=plan.sessions[0], on=True)
            bad = an_item(number + 1, kind, **payload)
            assert send(db, phone, good, bad) == [None, "bad-payload"], payload
    assert stars(db, plan.people[0]) == [plan.sessions[0]]


def test_sessions_that_are_not_there_or_not_for_them_are_left_alone(db: Database) -> None:
    plan = a_plan(db, bookable=1)
    phone = a_phone(db, plan.people[0])
    with db.write() as tx:
        own = tables.session.c.id == plan.sessions[0]
        tx.execute(tables.session.update().where(own).values(visibility='["vip"]'))
    items = [
        an_item(1, "bookmark", session=4711, on=True),
        an_item(2, "booking", session=4711, on=True),
        an_item(3, "booking", session=plan.sessions[1], on=True),
        an_item(4, "booking", session=plan.sessions[0], on=True),
    ]
    assert send(db, phone, *items) == [None] * 4
    with db.read() as tx:
        assert tx.execute(select(tables.booking)).all() == []
        assert tx.execute(select(tables.bookmark)).all() == []


def test_answers_are_kept_with_the_seat_and_nowhere_else(db: Database) -> None:
    plan = a_plan(db, questions=(Question("id", {"en": "ID"}),))
    phone, session = a_phone(db, plan.people[0]), plan.sessions[0]
    item = an_item(1, "booking", session=session, on=True, answers={"id": "CANARY-1"})
    bad = an_item(2, "booking", session="x", on=True, answers={"id": "CANARY-2"})
    clash = item | {"payload": {"session": session, "on": False, "answers": {"id": "CANARY-3"}}}
    for _ in range(2):
        assert send(db, phone, item, bad, clash) == [None, "bad-payload", None]
    with db.read() as tx:
        assert answers_in(tx, session) == {plan.people[0]: {"id": "CANARY-1"}}
        for table in (tables.outbox_item, tables.quarantined_item):
            kept = str(tx.execute(select(table)).all())
            assert "CANARY" not in kept
            assert "booking" in kept


def test_a_booking_told_late_is_judged_by_the_servers_clock(db: Database) -> None:
    plan = a_plan(db, bookable=2, closes_at=AT - 500)
    phone = a_phone(db, plan.people[0])
    late = an_item(1, "booking", session=plan.sessions[0], on=True, ago=5000)
    assert send(db, phone, late) == [None]
    assert seats(db, plan.sessions[0]) == {plan.people[0]: "refused"}
    # The event's clock may be another one than the phones'.
    early = an_item(2, "booking", session=plan.sessions[1], on=True, ago=5000)
    assert send(db, phone, early, ahead=-600_000) == [None]
    assert seats(db, plan.sessions[1]) == {plan.people[0]: "booked"}


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[int, dict[str, Any]]], list[int]]:
    """Return what three phones say of three sessions, and in which order it arrives, how often."""
    said = []
    for number in range(1, draw(st.integers(2, 12)) + 1):
        payload: dict[str, Any] = {"session": draw(st.integers(0, 2)), "on": draw(st.booleans())}
        kind = draw(st.sampled_from(["bookmark", "booking"]))
        if kind == "booking" and draw(st.booleans()):
            payload["answers"] = {"id": f"A{number}"}
        # Phones may say things in the same millisecond: then the greater id is the later word.
        ago = draw(st.integers(1, 4)) * 100
        said.append((draw(st.integers(0, 2)), an_item(number, kind, ago=ago, **payload)))
    order = draw(st.lists(st.integers(0, len(said) - 1), max_size=20))
    return said, [*order, *draw(st.permutations(range(len(said))))]


def oracle(said: list[tuple[int, dict[str, Any]]], kind: str) -> dict[int, dict[str, Any]]:
    """Return the last word on each session: by the time in the id, then the id itself.

    Before all others comes who wants a seat of the first and leaves out the answer.
    """
    last: dict[int, dict[str, Any]] = {}
    for _, item in sorted(said, key=lambda pair: (_is_whole(pair[1]), str(pair[1]["id"]))):
        if item["kind"] == kind:
            last[item["payload"]["session"]] = item["payload"]
    return last


def _is_whole(item: dict[str, Any]) -> bool:
    payload = item["payload"]
    asks = item["kind"] == "booking" and payload["session"] == 0 and payload["on"]
    return not asks or bool(payload.get("answers"))


@given(histories(), st.data())
def test_any_order_and_repetition_of_three_phones_give_one_schedule(
    sqlite_template: Path, history: Any, data: st.DataObject
) -> None:
    said, order = history
    with fresh(sqlite_template) as db:
        plan = a_plan(db, people=1, bookable=3, places=1)
        (who,) = plan.people
        with db.write() as tx:
            set_rule(tx, plan.sessions[0], {"questions": (Question("id", {"en": "ID"}),)})
        phones = [a_phone(db, who) for _ in range(3)]
        while order:
            cut = data.draw(st.integers(1, len(order)))
            for number, phone in enumerate(phones):
                items = [_sent(said[n][1], plan) for n in order[:cut] if said[n][0] == number]
                assert set(send(db, phone, *items)) <= {None}
            order = order[cut:]
        bookings = oracle(said, "booking")
        assert stars(db, who) == [
            plan.sessions[n] for n, one in sorted(oracle(said, "bookmark").items()) if one["on"]
        ]
        for number, session in enumerate(plan.sessions):
            last = bookings.get(number)
            answers = (last or {}).get("answers", {})
            is_answered = bool(answers) or number != 0
            state = "cancelled" if last and not last["on"] else "booked"
            state = "refused" if state == "booked" and not is_answered else state
            assert seats(db, session) == ({who: state} if last else {})
            with db.read() as tx:
                kept = {who: answers} if number == 0 and state == "booked" and last else {}
                assert answers_in(tx, session) == kept


def _sent(item: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """Return an item with a session's real id."""
    payload = item["payload"] | {"session": plan.sessions[item["payload"]["session"]]}
    return json.loads(json.dumps(item | {"payload": payload}))  # type: ignore[no-any-return]
