"""How sessions with limited places are booked, as the organiser set it up."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from event.errors import Invalid, NotFound
from event.tables import booking_rule, session
from event.text import Text, dump, parse, text

MOST_QUESTIONS, LONGEST_ANSWER = 20, 500
"""Questions of a session; characters of an answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of who books; the answer is kept so many days after the session."""

    id: str
    label: Text
    required: bool = True
    keep_days: int = 7


@dataclass(frozen=True, slots=True)
class Rule:
    """Places (None: the session's capacity), when it can be booked, and what becomes of a seat.

    Moments are UTC seconds. A free seat is offered for `offer_seconds` to whoever waits longest, or
    given to them when these are 0. Who has not come `release_after` minutes after the start loses
    it. After `closes_at` nobody books any more, but those who wait go on moving up.
    """

    session_id: int
    places: int | None = None
    opens_at: int | None = None
    closes_at: int | None = None
    waitlist: bool = True
    offer_seconds: int = 0
    release_after: int | None = None
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Stand:
    """A rule with what its session is now, and how long its timers have stood still."""

    rule: Rule
    state: str
    starts_at: int
    ends_at: int
    capacity: int | None
    changed_at: int | None
    paused_at: int | None
    paused: int
    released_at: int | None

    @property
    def places(self) -> int | None:
        """How many may be in; None for all who come."""
        return self.capacity if self.rule.places is None else self.rule.places


EDITABLE = frozenset(field.name for field in dataclasses.fields(Rule)) - {"session_id"}


def set_rule(db: Connection, session_id: int, values: Mapping[str, Any]) -> Rule:
    """Let a session be booked, or change how. Raises NotFound, Invalid."""
    if unknown := set(values) - EDITABLE:
        raise Invalid(f"A booking has no “{min(unknown)}”.")
    if db.execute(_SESSION.with_for_update(), {"wanted": session_id}).first() is None:
        raise NotFound(f"There is no session {session_id}.")
    row = db.execute(_RULE, {"wanted": session_id}).first()
    before = _rule(row) if row else Rule(session_id)
    new = _checked(dataclasses.replace(before, **values))
    stored = {name: getattr(new, name) for name in EDITABLE} | {
        "waitlist": int(new.waitlist),
        "questions": dump([_asked(question) for question in new.questions]),
    }
    if row:
        db.execute(_UPDATE, stored | {"wanted": session_id})
    else:
        db.execute(booking_rule.insert(), stored | {"session_id": session_id})
    return new


def find_rule(db: Connection, session_id: int) -> Rule:
    """Return how a session is booked. Raises NotFound for one that needs no booking."""
    row = db.execute(_RULE, {"wanted": session_id}).first()
    if row is None:
        raise NotFound(f"Session {session_id} needs no booking; just come.")
    return _rule(row)


def stands(db: Connection) -> list[Stand]:
    """Return all rules with what their sessions are now."""
    return [_stand(row) for row in db.execute(_ALL)]


def in_turn(db: Connection, session_id: int) -> Stand | None:
    """Return a rule once nobody else gives out seats of its session; others then wait.

    None for a session that needs no booking. What was read before may have changed: read again.
    """
    row = db.execute(_LOCKED, {"wanted": session_id}).first()
    return _stand(row) if row else None


def _checked(rule: Rule) -> Rule:
    if rule.places is not None and rule.places < 0:
        raise Invalid("A session has no fewer than 0 places.")
    if None not in (rule.opens_at, rule.closes_at) and rule.closes_at <= rule.opens_at:  # type: ignore[operator]
        raise Invalid("Booking would close before it opens.")
    if rule.offer_seconds < 0 or (rule.release_after or 0) < 0:
        raise Invalid("Offers and releases take no negative time.")
    questions = tuple(
        dataclasses.replace(question, label=text(question.label)) for question in rule.questions
    )
    names = [question.id for question in questions]
    if len(names) > MOST_QUESTIONS or len(set(names)) < len(names):
        raise Invalid(f"Ask at most {MOST_QUESTIONS} questions, each with an id of its own.")
    for question in questions:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,49}", question.id) or not question.label:
            raise Invalid("A question has an id such as id-number, and a label.")
        if not 0 <= question.keep_days <= 3650:
            raise Invalid("Answers are kept between 0 and 3650 days.")
    return dataclasses.replace(rule, questions=questions)


def _asked(question: Question) -> dict[str, Any]:
    flags = {"required": int(question.required), "keep_days": question.keep_days}
    return {"id": question.id, "label": dict(question.label)} | flags


def _rule(row: Any) -> Rule:
    values = {field.name: getattr(row, field.name) for field in dataclasses.fields(Rule)}
    questions = tuple(
        Question(**asked | {"required": bool(asked["required"])}) for asked in parse(row.questions)
    )
    return Rule(**values | {"waitlist": bool(row.waitlist), "questions": questions})


def _stand(row: Any) -> Stand:
    names = [field.name for field in dataclasses.fields(Stand) if field.name != "rule"]
    return Stand(_rule(row), **{name: getattr(row, name) for name in names})


_SESSION = select(session.c.id).where(session.c.id == bindparam("wanted"))
_RULE = select(booking_rule).where(booking_rule.c.session_id == bindparam("wanted"))
_UPDATE = update(booking_rule).where(booking_rule.c.session_id == bindparam("wanted"))
_ALL = (
    select(
        booking_rule,
        session.c.state,
        session.c.starts_at,
        session.c.ends_at,
        session.c.capacity,
        session.c.changed_at,
    )
    .join(session, session.c.id == booking_rule.c.session_id)
    .order_by(booking_rule.c.session_id)
)
_LOCKED = _ALL.where(booking_rule.c.session_id == bindparam("wanted")).with_for_update(
    of=booking_rule
)
