"""Consents: what was answered last counts, and nothing said is lost or doubled."""

from dataclasses import replace
from typing import Any

import pytest
from at_once import at_once
from hypothesis import given
from hypothesis import strategies as st

from event.database import Database
from event.errors import Invalid, NotFound
from event.people.attendees import add
from event.people.consents import PURPOSES, Answer, answer, answers_to, history, present
from event.people.model import Attendee

AT = 1_748_900_000
YES = Answer("photo", given=True, text_version="2025-1", language="pl", at=AT, by="attendee/x")


def a_person(tx: Any) -> int:
    return add(tx, Attendee(id=0, guid="", given_name="Ada"), at=AT).id


def test_who_was_never_asked_has_no_answer(db: Database) -> None:
    with db.write() as tx:
        ada, jan = a_person(tx), a_person(tx)
        answer(tx, ada, YES)
        assert present(tx, ada) == {"photo": YES}
        assert present(tx, jan) == {}
        assert answers_to(tx, "photo") == {ada: True}
        assert answers_to(tx, "listed") == {}


def test_a_withdrawal_is_a_record_of_its_own(db: Database) -> None:
    with db.write() as tx:
        ada = a_person(tx)
        no = replace(YES, given=False, at=AT + 1)
        for said in (YES, no, no, YES):
            answer(tx, ada, said)
        assert history(tx, ada) == [YES, no, YES]
        assert answers_to(tx, "photo") == {ada: True}


def test_other_words_need_another_answer(db: Database) -> None:
    with db.write() as tx:
        ada = a_person(tx)
        newer = replace(YES, text_version="2025-2")
        answer(tx, ada, YES)
        answer(tx, ada, newer)
        assert history(tx, ada) == [YES, newer]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"purpose": "spam"}, "choose one of: listed, photo, sharing, contact"),
        ({"text_version": "\x00 "}, "Name the words"),
        ({"text_version": "x" * 101}, "at most 100"),
        ({"language": "polish"}, "such as en or pl"),
    ],
)
def test_an_answer_to_nothing_is_refused(db: Database, fields: dict[str, str], words: str) -> None:
    with db.write() as tx:
        ada = a_person(tx)
        with pytest.raises(Invalid, match=words):
            answer(tx, ada, replace(YES, **fields))
        with pytest.raises(NotFound):
            answer(tx, ada + 1, YES)
        assert history(tx, ada) == []


def test_the_same_answer_twice_at_once_is_kept_once(db: Database) -> None:
    with db.write() as tx:
        ada = a_person(tx)
    at_once(db, lambda tx: answer(tx, ada, YES))
    with db.read() as tx:
        assert history(tx, ada) == [YES]


_SAID = st.builds(
    replace, st.just(YES), purpose=st.sampled_from(PURPOSES), given=st.booleans(),
    text_version=st.sampled_from(["1", "2"]),
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 1), _SAID, st.integers(1, 3)), max_size=12))
def test_repeating_each_answer_changes_nothing(
    database_url: str, said: list[tuple[int, Answer, int]]
) -> None:
    database = Database(database_url)
    with database.write() as tx:
        once, often = [a_person(tx) for _ in range(2)], [a_person(tx) for _ in range(2)]
        for who, what, times in said:
            answer(tx, once[who], what)
            for _ in range(times):
                answer(tx, often[who], what)
        for who in (0, 1):
            assert history(tx, once[who]) == history(tx, often[who])
            last = {what.purpose: what for number, what, _ in said if number == who}
            assert present(tx, once[who]) == last
            for purpose in PURPOSES:
                given_ = last[purpose].given if purpose in last else None
                assert answers_to(tx, purpose).get(often[who]) == given_
    database.close()
