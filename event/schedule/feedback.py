"""Feedback: what people think of sessions, as registers of what their phones say.

What was said before a session begins does not count. That is looked at when opinions are counted,
so that it is the same in whatever order words arrive and sessions move: where an earlier word of
somebody would count, so does their last one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, bindparam, select

from event.errors import Conflict
from event.schedule.registers import later, latest
from event.tables import feedback, session
from event.text import Text, clean, parse

BEST = 5
"""The best rating; the worst is 1."""
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Opinion:
    """A rating of one to five, words or none, when it was said and in which outbox item."""

    attendee_id: int
    session_id: int
    rating: int
    text: str
    t_est: int
    item: str = ""


@dataclass(frozen=True, slots=True)
class Rated:
    """What was said of a session: how often each rating, worst first, and all words.

    Nobody is named, and the words stand in the order of the alphabet.
    """

    id: int
    title: Text
    starts_at: int
    counts: tuple[int, ...]
    texts: tuple[str, ...]

    @property
    def people(self) -> int:
        """How many said something."""
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """The mean rating."""
        return sum(rating * count for rating, count in enumerate(self.counts, 1)) / self.people


def say(db: Connection, opinions: Sequence[Opinion]) -> None:
    """Take what phones say, in any order and however often; sessions must be there."""
    # In one order everywhere: transactions that share rows must not wait in a circle.
    rows = [_row(said) for said in sorted(opinions, key=lambda o: (o.session_id, o.attendee_id))]
    if rows:
        db.execute(_LATER[db.dialect.name], rows)


def rate(
    db: Connection, attendee_id: int, session_id: int, *, rating: int, text: str, at: int
) -> None:
    """Say what somebody thinks, after all they said of it before; `at` in milliseconds.

    Raises Conflict before the session begins.
    """
    if at // 1000 < db.execute(_BEGINS, {"wanted": session_id}).scalar_one():
        raise Conflict("This session has not begun; say what you think of it once it has.")
    db.execute(_LATEST[db.dialect.name], _row(Opinion(attendee_id, session_id, rating, text, at)))


def rated(db: Connection) -> list[Rated]:
    """Return the sessions of which something was said since they began, by time."""
    found: dict[int, list[tuple[int, str]]] = {}
    about = {}
    for row in db.execute(_ALL):
        found.setdefault(row.id, []).append((row.rating, row.text))
        about[row.id] = (parse(row.title), row.starts_at)
    return [
        Rated(number, *about[number], counts=_counts(said), texts=_texts(said))
        for number, said in found.items()
    ]


def _counts(said: Sequence[tuple[int, str]]) -> tuple[int, ...]:
    counted = Counter(rating for rating, _ in said)
    return tuple(counted[rating] for rating in range(1, BEST + 1))


def _texts(said: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(sorted(text for _, text in said if text))


def _row(said: Opinion) -> dict[str, object]:
    return asdict(said) | {"text": clean(said.text)}


_LATER, _LATEST = later(feedback), latest(feedback)
_BEGINS = select(session.c.starts_at).where(session.c.id == bindparam("wanted"))
_ALL = (
    select(session.c.id, session.c.title, session.c.starts_at, feedback.c.rating, feedback.c.text)
    .join(feedback, feedback.c.session_id == session.c.id)
    .where(feedback.c.t_est // 1000 >= session.c.starts_at)
    .order_by(session.c.starts_at, session.c.id)
)
