"""Work that costs hardly more for several who ask at once than for one, such as a commit.

Whoever has the turn answers everybody who waits for it, so that a crowd shares transactions, and
nobody waits when there is no crowd.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class _Ticket(Generic[Question, Answer]):
    """A question and, once somebody has had the turn, its answer or why there is none.

    `called` is set when it has that, or when the turn is its own.
    """

    question: Question
    called: Event = field(default_factory=Event)
    answer: Answer | None = None
    error: BaseException | None = None
    is_done: bool = False


class Together(Generic[Question, Answer]):
    """Answers questions of many threads; `work` returns one answer a question, in order."""

    def __init__(self, work: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._work = work
        self._lock = Lock()
        self._is_taken = False
        self.waiting: deque[_Ticket[Question, Answer]] = deque()

    def ask(self, question: Question) -> Answer:
        """Return the answer, or raise what the work raised, once it is done for all together."""
        ticket: _Ticket[Question, Answer] = _Ticket(question)
        try:
            with self._lock:
                self.waiting.append(ticket)
                is_first, self._is_taken = not self._is_taken, True
            if not is_first:
                ticket.called.wait()
        finally:
            # Who is interrupted takes it too: the turn may have been handed to them by then.
            if not ticket.is_done:
                self._take_turn()
        if ticket.error:
            raise ticket.error
        assert ticket.answer is not None
        return ticket.answer

    def _take_turn(self) -> None:
        with self._lock:
            tickets = list(self.waiting)
            self.waiting.clear()
        self._answer(tickets)
        with self._lock:
            self._is_taken = bool(self.waiting)
            # The next turn begins before those who have their answers are on their way.
            called = [*list(self.waiting)[:1], *tickets]
        for ticket in called:
            ticket.called.set()

    def _answer(self, tickets: Sequence[_Ticket[Question, Answer]]) -> None:
        try:
            answers = self._work([ticket.question for ticket in tickets])
            for ticket, answer in zip(tickets, answers, strict=True):
                ticket.answer, ticket.is_done = answer, True
        except BaseException as error:  # noqa: BLE001  # all who wait must learn of it
            for ticket in tickets:
                ticket.error, ticket.is_done = error, True
