"""Holders: numbers that name one person, and generations that only grow."""

import pytest
from at_once import at_once
from hypothesis import given
from hypothesis import strategies as st

from badges.code import Medium
from event.database import Database
from event.errors import Conflict, Gone, NotFound
from event.people.holders import Reissue, find_holder, new_holders, reissue_badge, reissues
from event.tables import holder, scan

AT = 1_748_900_000


def test_blanks_have_numbers_of_their_own(db: Database) -> None:
    with db.write() as tx:
        numbers = new_holders(tx, [None] * 300, at=AT)
        assert len(set(numbers)) == 300
        assert all(0 < number < 2**32 for number in numbers)
        held = find_holder(tx, numbers[0])
        assert (held.blank, held.attendee_id, held.phone, held.paper) == (True, None, 1, 1)
        assert new_holders(tx, [], at=AT) == []


def test_a_number_that_doors_have_seen_is_given_to_nobody(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter([7, 0, 8, 8, 9])
    monkeypatch.setattr("secrets.randbits", lambda _: next(numbers))
    with db.write() as tx:
        row = {"id": "a", "holder": 7, "t": 0, "t_est": 0, "received_at": 0}
        tx.execute(scan.insert(), row)
        assert new_holders(tx, [None, None], at=AT) == [8, 9]


def test_the_next_generation_is_valid_and_written_down(db: Database) -> None:
    with db.write() as tx:
        (number,) = new_holders(tx, [None], at=AT)
        after = reissue_badge(tx, number, Medium.PAPER, 2, at=AT, by="helpdesk/1")
        assert (after.paper, after.phone) == (2, 1)
        assert reissues(tx, number) == [Reissue(Medium.PAPER, 2, AT, "helpdesk/1")]
        with pytest.raises(Conflict, match="ask for 3"):
            reissue_badge(tx, number, Medium.PAPER, 4, at=AT, by="")
        with pytest.raises(Conflict, match="ask for 3"):
            reissue_badge(tx, number, Medium.PAPER, 1, at=AT, by="")
        with pytest.raises(NotFound, match="No badge"):
            reissue_badge(tx, number ^ 1, Medium.PAPER, 2, at=AT, by="")


def test_one_who_is_erased_gets_no_badge(db: Database) -> None:
    with db.write() as tx:
        (number,) = new_holders(tx, [None], at=AT)
        tx.execute(holder.update().values(ended_at=AT))
        with pytest.raises(Gone, match="register them anew"):
            reissue_badge(tx, number, Medium.PAPER, 2, at=AT, by="")


def test_a_code_holds_no_generation_above_127(db: Database) -> None:
    with db.write() as tx:
        (number,) = new_holders(tx, [None], at=AT)
        for generation in range(2, 128):
            reissue_badge(tx, number, Medium.PHONE, generation, at=AT, by="")
        with pytest.raises(Conflict, match="too often"):
            reissue_badge(tx, number, Medium.PHONE, 128, at=AT, by="")


def test_two_desks_that_reissue_at_once_make_one_new_badge(db: Database) -> None:
    with db.write() as tx:
        (number,) = new_holders(tx, [None], at=AT)
    first, second = at_once(
        db, lambda tx: reissue_badge(tx, number, Medium.PAPER, 2, at=AT, by="desk")
    )
    assert first == second
    with db.read() as tx:
        assert len(reissues(tx, number)) == 1


@given(st.lists(st.tuples(st.sampled_from(Medium), st.integers(0, 6)), max_size=20))
def test_in_any_order_and_repetition_generations_go_up_by_one(
    database_url: str, asked: list[tuple[Medium, int]]
) -> None:
    database = Database(database_url)
    with database.write() as tx:
        (number,) = new_holders(tx, [None], at=AT)
        valid = {Medium.PHONE: 1, Medium.PAPER: 1}
        for medium, generation in asked:
            if generation in {valid[medium], valid[medium] + 1}:
                after = reissue_badge(tx, number, medium, generation, at=AT, by="")
                valid[medium] = generation
                assert after == find_holder(tx, number)
            else:
                with pytest.raises(Conflict):
                    reissue_badge(tx, number, medium, generation, at=AT, by="")
        now = find_holder(tx, number)
        assert {medium: now.generation(medium) for medium in Medium} == valid
        written = {(item.medium, item.generation) for item in reissues(tx, number)}
        assert written == {(m, g) for m, last in valid.items() for g in range(2, last + 1)}
    database.close()
