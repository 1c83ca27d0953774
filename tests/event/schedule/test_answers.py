"""Answers to what is asked of who books: until when they are kept."""

from datetime import timedelta

import pytest
from builders import OPENING
from plans import AT, NOW, a_plan

from event.agenda.edit import edit_session, moved
from event.database import Database
from event.people.retention import purge
from event.schedule.answers import DAY, answers_in
from event.schedule.bookings import Wish, book
from event.schedule.rules import Question, set_rule

ENDS = AT + 2700


@pytest.mark.parametrize("days", [-1, 0, 10])
def test_answers_end_as_many_days_after_the_session_wherever_it_moved(
    db: Database, days: int
) -> None:
    plan = a_plan(db, questions=(Question("id-number", {"en": "ID"}, keep_days=3),))
    session, one = plan.sessions[0], plan.people[0]
    answers = {"id-number": "ABC 1"}
    with db.write() as tx:
        book(tx, Wish(session, one, on=True, answers=answers), at=NOW - 5 * DAY * 1000)
        later = OPENING + timedelta(days=days)
        edit_session(tx, session, lambda old: moved(old, starts_at=later), at=OPENING)
        end = ENDS + (days + 3) * DAY
        assert "answers" not in purge(tx, end - 1)
        assert answers_in(tx, session) == {one: answers}
        assert purge(tx, end)["answers"] == 1
        assert answers_in(tx, session) == {}


def test_what_is_asked_no_longer_ends_when_it_was_to_end(db: Database) -> None:
    plan = a_plan(db, questions=(Question("id-number", {"en": "ID"}, keep_days=0),))
    session, one = plan.sessions[0], plan.people[0]
    with db.write() as tx:
        book(tx, Wish(session, one, on=True, answers={"id-number": "ABC 1"}), at=NOW)
        set_rule(tx, session, {"questions": ()})
        assert purge(tx, ENDS - 1) == {}
        assert purge(tx, ENDS) == {"answers": 1}
