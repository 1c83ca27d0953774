"""Answers to what is asked of who books: apart from the booking, each until a day of its own."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, bindparam, delete, select, update

from event.schedule.rules import LONGEST_ANSWER, Question, Rule, Stand, stands
from event.tables import booking_answer
from event.text import clean

DAY = 86_400


def answers_in(db: Connection, session_id: int) -> dict[int, dict[str, str]]:
    """Return what was answered by who booked a session, by attendee."""
    found: dict[int, dict[str, str]] = {}
    for row in db.execute(_IN, {"session": session_id}):
        found.setdefault(row.attendee_id, {})[row.question] = row.value
    return found


def answers_of(db: Connection, attendee_id: int) -> dict[int, dict[str, str]]:
    """Return what somebody answered, by session."""
    found: dict[int, dict[str, str]] = {}
    for row in db.execute(_OF, {"who": attendee_id}):
        found.setdefault(row.session_id, {})[row.question] = row.value
    return found


def missing(rule: Rule, answers: Mapping[str, str]) -> Iterator[Question]:
    """Yield the questions that must be answered and are not."""
    return (
        question
        for question in rule.questions
        if question.required and not clean(answers.get(question.id, ""))
    )


def store_answers(
    db: Connection, stand: Stand, attendee_id: int, answers: Mapping[str, str]
) -> None:
    """Keep what was answered to a session's questions instead of what was kept before."""
    key = {"session_id": stand.rule.session_id, "attendee_id": attendee_id}
    db.execute(_FORGET, {"session": key["session_id"], "who": attendee_id})
    rows = [
        key
        | {
            "question": question.id,
            "value": value[:LONGEST_ANSWER],
            "delete_at": _end(stand, question),
        }
        for question in stand.rule.questions
        if (value := clean(answers.get(question.id, "")))
    ]
    if rows:
        db.execute(booking_answer.insert(), rows)


def unanswered(db: Connection, attendee_id: int, rules: Iterable[Rule]) -> dict[int, list[str]]:
    """Return which questions somebody has yet to answer, by session: ids of those required."""
    said = answers_of(db, attendee_id)
    return {
        rule.session_id: [question.id for question in missing(rule, said.get(rule.session_id, {}))]
        for rule in rules
    }


def forget_due(db: Connection, *, at: int) -> int:
    """Forget what was kept as long as its question says; return how many answers that were.

    The days count from when a session ends as things are now: it may have moved since.
    """
    for stand in stands(db):
        for question in stand.rule.questions:
            asked = {"session": stand.rule.session_id, "asked": question.id}
            db.execute(_KEEP, asked | {"until": _end(stand, question)})
    return db.execute(_FORGET_DUE, {"moment": at}).rowcount


def _end(stand: Stand, question: Question) -> int:
    return stand.ends_at + question.keep_days * DAY


_OF = (
    select(booking_answer)
    .where(booking_answer.c.attendee_id == bindparam("who"))
    .order_by(booking_answer.c.session_id, booking_answer.c.question)
)
_IN = (
    select(booking_answer)
    .where(booking_answer.c.session_id == bindparam("session"))
    .order_by(booking_answer.c.attendee_id, booking_answer.c.question)
)
_FORGET = delete(booking_answer).where(
    booking_answer.c.session_id == bindparam("session"),
    booking_answer.c.attendee_id == bindparam("who"),
)
_KEEP = (
    update(booking_answer)
    .where(
        booking_answer.c.session_id == bindparam("session"),
        booking_answer.c.question == bindparam("asked"),
        booking_answer.c.delete_at != bindparam("until"),
    )
    .values(delete_at=bindparam("until"))
)
_FORGET_DUE = delete(booking_answer).where(booking_answer.c.delete_at <= bindparam("moment"))
