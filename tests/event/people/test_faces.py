"""What stands on badges, in which order they are printed, and where they wait."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from at_once import at_once
from builders import OPENING, an_agenda, publish_agenda
from hypothesis import given
from hypothesis import strategies as st

from badges.code import Flag, Medium, read, verifies
from badges.short import read_short
from event.database import Database
from event.errors import Conflict
from event.people.attendees import add, add_all, change, everyone
from event.people.badge_keys import badge_keys
from event.people.categories import KNOWN, categories, set_category
from event.people.codes import Signer, event_uuid, signer_of
from event.people.consents import Answer, answer
from event.people.faces import ORDERS, blank_face, face, faces_of
from event.people.holders import new_holders
from event.people.model import Attendee, Status
from event.people.slots import BOX, assign_slots
from event.times import to_seconds

AT = to_seconds(OPENING)


def a_person(given: str, surname: str, **values: object) -> Attendee:
    return Attendee(id=0, guid="", given_name=given, surname=surname, **values)  # type: ignore[arg-type]


@pytest.fixture
def signer(db: Database, tmp_path: Path) -> Signer:
    publish_agenda(db, an_agenda())
    with db.write() as tx:
        return signer_of(tx, tmp_path / "keys", at=AT)


def test_a_face_says_who_somebody_is_and_its_code_verifies(db: Database, signer: Signer) -> None:
    ada = a_person(
        "Ada", "Łoś", organisation="Klaster", position="Head", country="Poland", category="press",
        email="ada@example.org", note="look twice", box_slot="C-214", look_at_id=True,
    )  # fmt: skip
    with db.write() as tx:
        ada = add(tx, ada, at=AT)
        (shown,) = faces_of(tx, [ada], signer, Medium.PAPER, language="pl")
        (key,) = badge_keys(tx)
        event = event_uuid(tx)
    assert (shown.given_name, shown.surname, shown.organisation) == ("Ada", "Łoś", "Klaster")
    assert (shown.position, shown.country, shown.box_slot) == ("Head", "Poland", "C-214")
    assert (shown.category, shown.color) == ("Prasa", "#a16207")
    assert shown.photo
    assert not shown.blank
    code = read(shown.code)
    assert verifies(code, event, key.raw)
    assert (code.claim.holder, code.claim.medium) == (ada.holder, Medium.PAPER)
    assert (code.claim.category, code.claim.flags) == (4, Flag.LOOK_AT_ID)
    assert read_short(shown.short_code) == ada.holder
    assert "ada@example.org" not in repr(shown)
    assert "look twice" not in repr(shown)


@pytest.mark.parametrize(
    ("minor", "answers", "may_be_in_pictures"),
    [
        (False, [], True),
        (False, [True], True),
        (False, [False], False),
        (False, [False, True], True),
        (True, [], False),
        (True, [False], False),
        (True, [True], True),
        (True, [True, False], False),
    ],
)
def test_the_mark_is_for_who_said_no_and_for_minors_who_did_not_say_yes(
    db: Database, signer: Signer, *, minor: bool, answers: list[bool], may_be_in_pictures: bool
) -> None:
    with db.write() as tx:
        person = add(tx, a_person("Jan", "Żak", minor=minor), at=AT)
        for number, given_ in enumerate(answers):
            answer(tx, person.id, Answer("photo", given_, f"v{number}", "pl", AT, "test"))
            answer(tx, person.id, Answer("listed", not given_, "v1", "pl", AT, "test"))
        (shown,) = faces_of(tx, [person], signer, Medium.PAPER, language="pl")
    assert shown.photo == may_be_in_pictures


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.REPLACED])
def test_who_does_not_come_has_no_badge(db: Database, signer: Signer, status: Status) -> None:
    with db.write() as tx:
        person = replace(add(tx, a_person("Jan", "Żak"), at=AT), status=status)
        with pytest.raises(Conflict, match=status):
            faces_of(tx, [person], signer, Medium.PAPER, language="pl")


def test_a_name_of_one_part_is_biggest_and_a_place_without_one_has_lines(
    db: Database, signer: Signer
) -> None:
    known = {category.slug: category for category in KNOWN}
    with db.write() as tx:
        people = add_all(
            tx,
            [a_person("", "Mononym"), a_person("Pelé", ""),
             a_person("", "", organisation="Kyiv", source="party")],
            at=AT,
        )  # fmt: skip
    faces = [
        face(p, signer, Medium.PHONE, categories=known, photo=None, language="en") for p in people
    ]
    assert [(f.given_name, f.surname, f.blank) for f in faces] == [
        ("Mononym", "", False), ("Pelé", "", False), ("", "", True),
    ]  # fmt: skip
    assert faces[2].organisation == "Kyiv"
    assert read(faces[2].code).claim.flags == Flag(0)


def test_a_blank_has_a_code_and_nobody(db: Database, signer: Signer) -> None:
    with db.write() as tx:
        set_category(tx, "guest", name={"en": "Guest", "pl": "Gość"}, color="#0f766e")
        guest = next(category for category in categories(tx) if category.slug == "guest")
        (number,) = new_holders(tx, [None], at=AT)
        signer = replace(signer, categories=signer.categories | {"guest": guest.number})
    shown = blank_face(number, signer, guest, language="pl")
    claim = read(shown.code).claim
    assert (claim.holder, claim.flags, claim.category) == (number, Flag.BLANK, guest.number)
    assert (shown.category, shown.blank, shown.given_name) == ("Gość", True, "")


def test_people_are_sorted_as_they_are_looked_for() -> None:
    people = [
        Attendee(id=1, guid="", given_name="A", surname="Żak", organisation="B", box_slot="A-10"),
        Attendee(id=2, guid="", given_name="B", surname="Lot", organisation="", box_slot=""),
        Attendee(id=3, guid="", given_name="C", surname="Łoś", organisation="a", box_slot="A-9"),
        Attendee(id=4, guid="", given_name="", surname="", organisation="B", box_slot="B-1"),
    ]
    found = {
        name: [person.id for person in sorted(people, key=key)] for name, key in ORDERS.items()
    }
    assert found == {
        "surname": [3, 2, 1, 4],
        "organisation": [3, 1, 4, 2],
        "box": [3, 1, 4, 2],
        "id": [1, 2, 3, 4],
    }


@given(st.lists(st.text("A-0١²B c", max_size=8), max_size=6))
def test_any_box_slot_can_be_sorted(slots: list[str]) -> None:
    people = [Attendee(id=n, guid="", box_slot=slot) for n, slot in enumerate(slots)]
    assert len(sorted(people, key=ORDERS["box"])) == len(slots)


def slots_of(db: Database) -> dict[str, str]:
    with db.read() as tx:
        return {person.surname: person.box_slot for person in everyone(tx)}


def test_slots_follow_surnames_and_boxes_are_of_one_size(db: Database) -> None:
    with db.write() as tx:
        add_all(tx, [a_person("A", f"S{n:03}") for n in reversed(range(BOX + 2))], at=AT)
        assert assign_slots(tx, at=AT) == BOX + 2
    slots = slots_of(db)
    assert [slots["S000"], slots[f"S{BOX - 1}"]] == ["A-1", f"A-{BOX}"]
    assert [slots[f"S{BOX}"], slots[f"S{BOX + 1}"]] == ["B-1", "B-2"]
    with db.write() as tx:
        assert assign_slots(tx, at=AT + 1) == 0
    assert slots_of(db) == slots


def test_who_comes_later_waits_in_the_box_of_whom_they_follow(db: Database) -> None:
    with db.write() as tx:
        people = add_all(
            tx,
            [a_person("A", "Adam", box_slot="B-7"), a_person("A", "Nowak", box_slot="C-2"),
             a_person("A", "Zych", box_slot="VIP desk")],
            at=AT,
        )  # fmt: skip
        # Nobody gets the number of a badge that waits there, or waited.
        gone = add(tx, a_person("A", "Gone", box_slot="C-9"), at=AT)
        change(tx, gone.id, {"status": "cancelled"}, at=AT)
        add_all(tx, [a_person("A", name) for name in ("Aaa", "Bąk", "Obr", "Żyła")], at=AT)
        assert assign_slots(tx, at=AT) == 4
    assert slots_of(db) == {
        "Adam": "B-7", "Nowak": "C-2", "Zych": "VIP desk", "Gone": "C-9",
        "Aaa": "B-8", "Bąk": "B-9", "Obr": "C-10", "Żyła": "C-11",
    }  # fmt: skip
    assert len(people) == 3


def test_who_does_not_come_gets_no_slot(db: Database) -> None:
    with db.write() as tx:
        gone = add(tx, a_person("A", "Gone"), at=AT)
        change(tx, gone.id, {"status": "cancelled"}, at=AT)
        assert assign_slots(tx, at=AT) == 0
    assert slots_of(db) == {"Gone": ""}


def test_two_who_give_slots_at_once_give_each_slot_once(db: Database) -> None:
    with db.write() as tx:
        add_all(tx, [a_person("A", name) for name in ("Adam", "Bąk", "Cis")], at=AT)
    assert at_once(db, partial(assign_slots, at=AT)) == (3, 0)
    assert slots_of(db) == {"Adam": "A-1", "Bąk": "A-2", "Cis": "A-3"}
