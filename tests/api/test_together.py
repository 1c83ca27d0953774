"""Work done for several who ask at once."""

import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, main_thread

import pytest

from api.together import Together


def test_who_asks_while_others_are_answered_shares_the_next_turn() -> None:
    began, go_on, groups = Event(), Event(), []

    def work(questions: Sequence[int]) -> list[int]:
        groups.append(sorted(questions))
        began.set()
        assert go_on.wait(10)
        return [number * 10 for number in questions]

    together = Together(work)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(together.ask, 1)
        assert began.wait(10)
        others = [pool.submit(together.ask, number) for number in (2, 3, 4)]
        while len(together.waiting) < len(others):
            pass
        go_on.set()
        assert [one.result(10) for one in (first, *others)] == [10, 20, 30, 40]
    assert groups == [[1], [2, 3, 4]]


def test_when_the_work_fails_everybody_learns_of_it_and_the_next_is_answered() -> None:
    def work(questions: Sequence[int]) -> list[int]:
        if 0 in questions:
            raise ZeroDivisionError
        return list(questions)

    together = Together(work)
    with pytest.raises(ZeroDivisionError):
        together.ask(0)
    assert together.ask(5) == 5


def test_work_that_leaves_a_question_unanswered_holds_up_nobody() -> None:
    together = Together(lambda questions: [number for number in questions if number])
    with pytest.raises(ValueError, match="shorter"):
        together.ask(0)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(together.ask, 5).result(10) == 5


def test_who_is_interrupted_while_waiting_holds_up_nobody() -> None:
    began, go_on = Event(), Event()

    def work(questions: Sequence[int]) -> list[int]:
        began.set()
        assert go_on.wait(10)
        return list(questions)

    together = Together(work)

    def interrupt() -> None:
        while not together.waiting:
            pass
        signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)
        go_on.set()

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(together.ask, 1)
        assert began.wait(10)
        pool.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            together.ask(2)
        assert [first.result(10), pool.submit(together.ask, 3).result(10)] == [1, 3]
