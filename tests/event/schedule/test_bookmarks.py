"""Bookmarks: the last word counts, and an answer given now is the last."""

from plans import NOW, a_plan

from event.database import Database
from event.schedule.bookmarks import Word, mark, marked, say


def test_the_last_word_counts_in_whatever_order_it_comes(db: Database) -> None:
    plan = a_plan(db)
    (one, two, _), (who, other, _) = plan.sessions, plan.people
    words = [Word(who, one, 1, 10, "b"), Word(who, one, 0, 9, "c"), Word(who, one, 0, 10, "a"),
             Word(who, two, 0, 11, "d"), Word(who, two, 1, 10, "e")]  # fmt: skip
    for order in (words, words[::-1]):
        with db.write() as tx:
            say(tx, order)
            assert (marked(tx, who), marked(tx, other)) == ([one], [])


def test_what_is_said_to_the_server_is_said_last(db: Database) -> None:
    plan = a_plan(db)
    session, who = plan.sessions[0], plan.people[0]
    with db.write() as tx:
        say(tx, [Word(who, session, 1, NOW, "z")])
        # Its clock may stand still: the later request is the later word all the same.
        for on in (False, True, False):
            mark(tx, who, session, on=on, at=NOW)
            assert marked(tx, who) == ([session] if on else [])
        say(tx, [Word(who, session, 1, NOW, "z")])
        assert marked(tx, who) == []


def test_words_about_no_session_are_left_alone(db: Database) -> None:
    plan = a_plan(db)
    with db.write() as tx:
        say(tx, [Word(plan.people[0], 4711, 1, NOW), Word(plan.people[0], plan.sessions[0], 1, 1)])
        assert marked(tx, plan.people[0]) == [plan.sessions[0]]
        say(tx, [])
