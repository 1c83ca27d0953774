"""Attendees: who is added, found and changed, however often it is asked."""

import dataclasses
from typing import Any

import pytest
from at_once import at_once
from builders import a_person
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from badges.code import Medium
from badges.short import short_code
from event import tables
from event.database import Database
from event.errors import Conflict, Invalid, NotFound, Stale
from event.people.attendees import (
    add,
    add_all,
    change,
    everyone,
    find,
    of_holder,
    search,
)
from event.people.holders import reissue_badge
from event.people.model import Attendee

AT = 1_748_900_000
GUID = "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a11"


def names(found: list[Attendee]) -> list[str]:
    return [person.surname for person in found]


def test_somebody_added_is_found_whole_with_a_holder(db: Database) -> None:
    with db.write() as tx:
        made = add(tx, a_person(email=" a@b.pl ", external_id=" x 1 ", days=3, minor=True), at=AT)
        assert find(tx, made.id) == made == of_holder(tx, made.holder)
    assert (made.email, made.external_id, made.version) == ("a@b.pl", "x 1", 1)
    assert (made.registered_at, made.changed_at, made.phone, made.paper) == (AT, AT, 1, 1)


def test_the_same_guid_adds_one_attendee_also_at_once_and_in_capitals(db: Database) -> None:
    guids = iter([GUID, GUID.upper()])
    first, second = at_once(db, lambda tx: add(tx, a_person(guid=next(guids)), at=AT))
    assert first == second
    with db.read() as tx:
        assert everyone(tx) == [first]


def test_of_two_at_once_one_gets_the_external_id(db: Database) -> None:
    def work(tx: Connection) -> int | str:
        try:
            return add(tx, a_person(external_id="A-1"), at=AT).id
        except Conflict as refused:
            return refused.detail

    first, second = at_once(db, work)
    assert isinstance(first, int)
    assert second == "The external id A-1 belongs to another attendee; use another one."
    with db.read() as tx:
        assert len(everyone(tx)) == 1


@pytest.mark.parametrize(
    "people",
    [
        [a_person(external_id="A"), a_person(external_id=" A ")],
        [a_person(guid=GUID), a_person(guid=GUID.upper())],
    ],
)
def test_a_list_that_names_one_twice_is_refused_whole(db: Database, people: Any) -> None:
    with db.write() as tx:
        with pytest.raises(Conflict):
            add_all(tx, people, at=AT)
        assert everyone(tx) == []
        assert add_all(tx, [], at=AT) == []


def test_a_list_of_any_length_goes_in(db: Database) -> None:
    many = [a_person(external_id=str(number)) for number in range(33_000 if db.is_sqlite else 9)]
    with db.write() as tx:
        made = add_all(tx, many, at=AT)
        assert [p.external_id for p in made] == [p.external_id for p in many]
        assert len({p.holder for p in made}) == len(many)
        with pytest.raises(Conflict, match="external id 8 "):
            add(tx, a_person(external_id="8"), at=AT)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"given_name": "", "surname": " \x00 "}, "needs a given name or a surname"),
        ({"surname": "x" * 101}, "surname has more than 100"),
        ({"email": "nobody"}, "correct it or leave it out"),
        ({"email": "a@b c@d"}, "correct it or leave it out"),
        ({"language": "polski"}, "such as en or pl"),
        ({"category": "king"}, "add it first"),
        ({"days": 65536}, "bitmap"),
        ({"days": -1}, "bitmap"),
        ({"status": "gone"}, "registered or cancelled"),
        ({"party_id": 7}, "no such party; add it first"),
        ({"guid": "not\x00one"}, "UUID"),
        ({"guid": "{" + GUID + "}"}, "UUID"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_what_to_do(
    db: Database, fields: dict[str, Any], words: str
) -> None:
    with db.write() as tx, pytest.raises(Invalid, match=words):
        add(tx, a_person(**fields), at=AT)
    if "guid" not in fields:
        with db.write() as tx:
            made = add(tx, a_person(), at=AT)
            with pytest.raises(Invalid, match=words):
                change(tx, made.id, fields, at=AT)


def test_texts_are_kept_clean_whatever_is_in_them(db: Database) -> None:
    with db.write() as tx:
        made = add(tx, a_person(surname=" Łoś\x00\ud800\r\n Nowak\t", note="\x07a\nb"), at=AT)
        assert (find(tx, made.id).surname, made.note) == ("Łoś Nowak", "a b")


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_whatever_a_person_is_called_their_name_finds_them(
    database_url: str, words: list[str]
) -> None:
    person = a_person(given_name="Q", surname=" ".join(words)[:100])
    database = Database(database_url)
    with database.write() as tx:
        made = add(tx, person, at=AT)
        assert made.id in {p.id for p in search(tx, made.surname or "Q", limit=10_000)}
    database.close()


def test_search_takes_every_word_as_it_is(db: Database) -> None:
    with db.write() as tx:
        for surname, place in (
            ("Wójcik", "Łódź"),
            ("100%", "a_b"),
            ("Şahin", "a/b"),
            ("O'Neill", "x\\y"),
        ):
            add(tx, a_person(surname=surname, organisation=place), at=AT)
        for text, wanted in {
            "LODZ wojcik": ["Wójcik"],
            "%": ["100%"],
            "a_b": ["100%"],
            "a/b": ["Şahin"],
            "sahin": ["Şahin"],
            "x\\y": ["O'Neill"],
            "o'neill": ["O'Neill"],
            "wojcik nobody": [],
            "\x00wój\ud800cik": ["Wójcik"],
            "w" * 1_000_000: [],
            "a " * 1_000_000: ["100%", "O'Neill", "Wójcik", "Şahin"],
        }.items():
            assert sorted(names(search(tx, text))) == sorted(wanted), text[:20]
        assert len(search(tx, " ")) == 4
        assert len(search(tx, "ada", limit=2)) == 2


def test_a_short_code_finds_whose_it_is(db: Database) -> None:
    with db.write() as tx:
        made = [add(tx, a_person(), at=AT) for _ in range(2)]
        code = short_code(made[1].holder)
        assert search(tx, f" {code[:4].lower()}-{code[4:]} ") == [made[1]]
        assert search(tx, short_code(made[1].holder ^ 1)) == []


def test_search_follows_a_change(db: Database) -> None:
    with db.write() as tx:
        made = add(tx, a_person(email="old@example.org"), at=AT)
        new = change(tx, made.id, {"surname": "Ørsted", "email": ""}, at=AT + 5)
        assert (new.version, new.changed_at, new.registered_at) == (2, AT + 5, AT)
        assert search(tx, "orsted") == [new]
        assert search(tx, "los") == search(tx, "old@") == []


def test_the_same_values_change_nothing(db: Database) -> None:
    with db.write() as tx:
        made = add(tx, a_person(), at=AT)
        assert change(tx, made.id, {"surname": " Łoś ", "status": "registered"}, at=AT + 5) == made


def test_a_change_of_an_older_version_is_refused(db: Database) -> None:
    with db.write() as tx:
        made = add(tx, a_person(), at=AT)
        change(tx, made.id, {"note": "1"}, at=AT, if_version=frozenset({1}))
        with pytest.raises(Stale, match="get it again"):
            change(tx, made.id, {"note": "2"}, at=AT, if_version=frozenset({1}))
        with pytest.raises(NotFound, match="search by name"):
            change(tx, made.id + 1, {}, at=AT)
        with pytest.raises(Invalid, match="guid cannot be changed"):
            change(tx, made.id, {"guid": GUID}, at=AT)


def test_of_two_changes_at_once_none_is_lost(db: Database) -> None:
    with db.write() as tx:
        made = add(tx, a_person(), at=AT)
    values = iter([{"note": "kept"}, {"country": "PL"}])
    at_once(db, lambda tx: change(tx, made.id, next(values), at=AT))
    with db.read() as tx:
        now = find(tx, made.id)
    assert (now.note, now.country, now.version) == ("kept", "PL", 3)


def test_an_external_id_moves_only_to_where_it_is_free(db: Database) -> None:
    with db.write() as tx:
        first = add(tx, a_person(external_id="A"), at=AT)
        second = add(tx, a_person(external_id="B"), at=AT)
        with pytest.raises(Conflict, match="external id A "):
            change(tx, second.id, {"external_id": "A"}, at=AT)
        assert change(tx, first.id, {"external_id": ""}, at=AT).external_id is None
        assert change(tx, second.id, {"external_id": "A"}, at=AT).external_id == "A"


def test_a_number_is_never_given_to_another_attendee(db: Database) -> None:
    with db.write() as tx:
        first = add(tx, a_person(), at=AT)
        tx.execute(update(tables.holder).values(attendee_id=None))
        tx.execute(tables.attendee.delete())
    with db.write() as tx:
        second = add(tx, a_person(), at=AT)
    assert second.id > first.id
    assert second.holder != first.holder


def test_a_reissue_shows_in_the_attendee(db: Database) -> None:
    with db.write() as tx:
        made = add(tx, a_person(), at=AT)
        reissue_badge(tx, made.holder, Medium.PAPER, 2, at=AT, by="")
        assert find(tx, made.id) == dataclasses.replace(made, paper=2)
