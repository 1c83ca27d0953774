"""Feedback from phones: one opinion of each, whatever becomes of the network."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from gates import a_sender, an_id
from hypothesis import given
from hypothesis import strategies as st
from plans import AT, NOW, a_plan

from event import tables
from event.database import Database
from event.people.tokens import Sender
from event.schedule.feedback import rated
from sync.outbox import Batch, receive

LATE = NOW + 3 * 3_600_000
"""When all sessions have begun."""
Phone = tuple[str, Sender | None]


def an_item(number: int, *, ago: int = 100, **payload: Any) -> dict[str, Any]:
    """Return an item of so many seconds ago."""
    made = an_id(number, at=LATE - ago * 1000)
    return {"id": made, "n": number, "kind": "feedback", "payload": payload}


def send(db: Database, phone: Phone, *items: Any) -> list[str | None]:
    batch = Batch(device=phone[0], items=items, boot="b", sent_at=LATE, sent_mono=10_000_000)
    return [receipt.code for receipt in receive(db, batch, at=LATE, sender=phone[1])]


def a_phone(db: Database, who: int) -> Phone:
    return a_sender(db, "attendee", attendee_id=who, at=AT - 9_000)


def test_an_opinion_counts_once_however_often_it_is_sent(db: Database) -> None:
    plan = a_plan(db)
    phone = a_phone(db, plan.people[0])
    item = an_item(1, session=plan.sessions[0], rating=4, text="More questions")
    for _ in range(2):
        assert send(db, phone, item) == [None]
    assert send(
        db, a_phone(db, plan.people[1]), an_item(2, session=plan.sessions[0], rating=2)
    ) == [None]
    with db.read() as tx:
        (found,) = rated(tx)
    assert (found.counts, found.texts) == ((0, 1, 0, 1, 0), ("More questions",))


@pytest.mark.parametrize("role", ["gate", "helpdesk", "organiser"])
def test_only_an_attendees_phone_has_an_opinion(db: Database, role: str) -> None:
    plan = a_plan(db)
    item = an_item(1, session=plan.sessions[0], rating=4)
    assert send(db, a_sender(db, role), item) == ["not-allowed"]
    assert send(db, (a_phone(db, plan.people[0])[0], None), item) == ["not-enrolled"]
    with db.read() as tx:
        assert rated(tx) == []


def test_a_malformed_opinion_stops_none_beside_it(db: Database) -> None:
    plan = a_plan(db)
    session, phone = plan.sessions[0], a_phone(db, plan.people[0])
    bad: list[dict[str, Any]] = [
        {}, {"session": session}, {"session": session, "rating": 0},
        {"session": session, "rating": 6}, {"session": session, "rating": "5"},
        {"session": session, "rating": True}, {"session": str(session), "rating": 5},
        {"session": session, "rating": 5, "text": 1},
        {"session": session, "rating": 5, "text": "x" * 2001},
    ]  # fmt: skip
    items = [an_item(number, **payload) for number, payload in enumerate(bad, 2)]
    good = an_item(1, session=session, rating=3, text="x" * 2000)
    assert send(db, phone, good, *items) == [None] + ["bad-payload"] * len(bad)
    with db.read() as tx:
        assert rated(tx)[0].counts == (0, 0, 1, 0, 0)


def test_sessions_one_may_not_know_of_are_left_alone(db: Database) -> None:
    plan = a_plan(db)
    with db.write() as tx:
        own = tables.session.c.id == plan.sessions[0]
        tx.execute(tables.session.update().where(own).values(visibility='["vip"]'))
    phone = a_phone(db, plan.people[0])
    items = [
        an_item(n, session=session, rating=5)
        for n, session in enumerate((plan.sessions[0], 4711, plan.sessions[1]), 1)
    ]
    assert send(db, phone, *items) == [None] * 3
    with db.read() as tx:
        assert [one.id for one in rated(tx)] == [plan.sessions[1]]


opinions = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(1, 5), st.integers(1, 3)),
    min_size=1,
    max_size=10,
)


@given(opinions, st.integers(0, 4), st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_three_phones_give_one_opinion_since_the_session_began(
    sqlite_template: Path, said: list[tuple[int, int, int, int]], began: int, chance: Any
) -> None:
    """Some words come before it is known that the sessions begin elsewhen, some after."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "eventday.db")
        db = Database(f"sqlite:///{folder}/eventday.db")
        plan = a_plan(db, people=1)
        phones = [a_phone(db, plan.people[0]) for _ in range(3)]
        items = [
            (phone, an_item(n, session=plan.sessions[session], rating=rating, ago=ago * 100))
            for n, (phone, session, rating, ago) in enumerate(said, 1)
        ]
        sent = [*items, *chance.choices(items, k=5)]
        chance.shuffle(sent)
        before = chance.randrange(len(sent) + 1)
        for phone, item in sent[:before]:
            assert send(db, phones[phone], item) == [None]
        begin(db, LATE // 1000 - began * 100)
        for phone, item in sent[before:]:
            assert send(db, phones[phone], item) == [None]
        last: dict[int, int] = {}
        for _, item in sorted(items, key=lambda pair: pair[1]["id"]):
            if int(item["id"].replace("-", "")[:12], 16) >= LATE - began * 100_000:
                last[item["payload"]["session"]] = item["payload"]["rating"]
        with db.read() as tx:
            found = {one.id: one.counts.index(1) + 1 for one in rated(tx)}
        db.close()
    assert found == last


def begin(db: Database, at: int) -> None:
    """Let all sessions begin at a moment (UTC seconds)."""
    with db.write() as tx:
        tx.execute(tables.session.update().values(starts_at=at))


def test_the_time_since_start_decides_whether_the_session_had_begun(db: Database) -> None:
    plan = a_plan(db)
    begin(db, LATE // 1000 - 60)
    for person, ago in zip(plan.people, (61, 60, 59), strict=True):
        # By its own clock, which was set meanwhile, all of it was said long ago.
        item = an_item(ago, ago=86_400, session=plan.sessions[0], rating=4)
        mono = {"boot": "b", "mono": 10_000_000 - ago * 1000}
        assert send(db, a_phone(db, person), item | mono) == [None]
    with db.read() as tx:
        assert rated(tx)[0].counts == (0, 0, 0, 2, 0)
