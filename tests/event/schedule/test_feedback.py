"""Feedback: the last word of each counts once, and nobody is named."""

import pytest
from plans import AT, NOW, a_plan
from sqlalchemy import Connection

from event import tables
from event.database import Database
from event.errors import Conflict
from event.schedule.feedback import Opinion, rate, rated, say

HOUR = 3_600_000


def test_the_last_word_counts_in_whatever_order_it_comes(db: Database) -> None:
    plan = a_plan(db)
    (one, two, _), (who, other, _) = plan.sessions, plan.people
    words = [
        Opinion(who, one, 2, "Too loud", NOW, "a"),
        Opinion(who, one, 5, " Grand\r\nfinale ", NOW, "b"),
        Opinion(who, one, 1, "No", NOW - 1, "c"),
        Opinion(other, one, 4, "", NOW, "d"),
        Opinion(other, two, 1, "Away", NOW + HOUR, "e"),
    ]
    for order in (words, words[::-1]):
        with db.write() as tx:
            say(tx, order)
            first, second = rated(tx)
        assert (first.id, first.title["en"], first.starts_at) == (one, "Session 1", AT)
        assert (first.counts, first.people, first.mean) == ((0, 0, 0, 1, 1), 2, 4.5)
        assert first.texts == ("Grand\nfinale",)
        assert (second.counts, second.texts) == ((1, 0, 0, 0, 0), ("Away",))


def test_what_is_said_to_the_server_is_said_last(db: Database) -> None:
    plan = a_plan(db)
    who, session = plan.people[0], plan.sessions[0]
    with db.write() as tx:
        say(tx, [Opinion(who, session, 1, "", NOW + 5, "z")])
        for rating in (3, 4):
            rate(tx, who, session, rating=rating, text="", at=NOW)
            assert rated(tx)[0].counts[rating - 1] == 1
        say(tx, [Opinion(who, session, 1, "", NOW + 5, "z")])
        assert rated(tx)[0].counts == (0, 0, 0, 1, 0)


def test_nothing_counts_that_was_said_before_the_session_begins_now(db: Database) -> None:
    plan = a_plan(db)
    (early, late, both), session = plan.people, plan.sessions[0]
    with db.write() as tx:
        for order in ([-1, 0], [0, -1]):
            words = [Opinion(both, session, 3, "", NOW + at, f"{at}") for at in order]
            say(tx, [Opinion(early, session, 1, "Boring", NOW - 1, "a"), *words])
            say(tx, [Opinion(late, session, 5, "Grand", NOW, "b")])
            assert (rated(tx)[0].counts, rated(tx)[0].texts) == ((0, 0, 1, 0, 1), ("Grand",))
        begins(tx, session, AT + 1)
        assert rated(tx) == []
        begins(tx, session, AT - 1)
        assert rated(tx)[0].counts == (1, 0, 1, 0, 1)


def test_who_asks_before_the_session_begins_is_refused(db: Database) -> None:
    plan = a_plan(db)
    who, session = plan.people[0], plan.sessions[0]
    with db.write() as tx:
        begins(tx, session, AT + 1)
        with pytest.raises(Conflict, match="once it has"):
            rate(tx, who, session, rating=1, text="", at=NOW + 999)
        rate(tx, who, session, rating=5, text="", at=NOW + 1000)
        assert rated(tx)[0].counts == (0, 0, 0, 0, 1)


def begins(tx: Connection, session: int, at: int) -> None:
    own = tables.session.c.id == session
    tx.execute(tables.session.update().where(own).values(starts_at=at))


def test_texts_do_not_tell_by_their_order_who_wrote_them(db: Database) -> None:
    plan = a_plan(db)
    with db.write() as tx:
        for who, text in zip(plan.people, ("c", "a", "b"), strict=True):
            rate(tx, who, plan.sessions[0], rating=3, text=text, at=NOW)
        assert rated(tx)[0].texts == ("a", "b", "c")
        say(tx, [])
