"""Sealed names: whichever text a valid badge has, its name opens, and no other badge's does."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from gates import AT, Hall, a_hall
from sqlalchemy import update

from badges.code import Medium, read
from badges.sealed import opened, sealed_id
from event.database import Database
from event.people.attendees import change
from event.people.badge_keys import revoke_badge_key, rotate_badge_key
from event.people.claims import earlier_claims, remember_blanks
from event.people.codes import Signer, signer_of
from event.people.holders import reissue_badge
from event.people.privacy import erase
from event.tables import holder
from sync.sealed import names_tag, sealed_names


@pytest.fixture
def hall(db: Database, tmp_path: Path) -> Hall:
    return a_hall(db, tmp_path)


@pytest.fixture
def opens(db: Database, hall: Hall, tmp_path: Path) -> Callable[[str], str | None]:
    """Return what opens a name with the text of a badge."""

    def open_with(code: str) -> str | None:
        with db.read() as tx:
            boxes = dict(sealed_names(tx, tmp_path / "keys", {}).values())
        signature, event = read(code).signature, hall.signer.event
        box = boxes.get(sealed_id(signature, event).hex())
        return opened(signature, event, base64.urlsafe_b64decode(box + "==")) if box else None

    return open_with


def signer(db: Database, folder: Path) -> Signer:
    with db.write() as tx:
        return signer_of(tx, folder / "keys", at=AT)


def test_a_badge_printed_before_a_change_opens_its_name(
    db: Database, hall: Hall, opens: Callable[[str], str | None]
) -> None:
    printed = [hall.code()]
    for values in ({"category": "staff"}, {"days": 2}, {"minor": True}, {"category": "vip"}):
        with db.write() as tx:
            before = names_tag(tx)
            person = change(tx, hall.people[0].id, values, at=AT)
            assert names_tag(tx) != before
        printed.append(hall.signer.code(person, Medium.PAPER))
    assert len(set(printed)) == 5
    assert {opens(code) for code in printed} == {'{"s":"Person 0"}'}
    assert opens(hall.code(1)) == '{"s":"Person 1"}'


def test_it_opens_no_more_when_it_was_lost_or_its_key_was(
    db: Database, hall: Hall, opens: Callable[[str], str | None], tmp_path: Path
) -> None:
    first, other = hall.code(), hall.code(1)
    with db.write() as tx:
        change(tx, hall.people[0].id, {"days": 1}, at=AT)
        rotate_badge_key(tx, tmp_path / "keys", at=AT)
    assert (opens(first), opens(other)) == ('{"s":"Person 0"}', '{"s":"Person 1"}')
    with db.write() as tx:
        reissue_badge(tx, hall.people[0].holder, Medium.PAPER, 2, at=AT, by="")
    assert opens(first) is None
    assert opens(other)
    with db.write() as tx:
        revoke_badge_key(tx, tmp_path / "keys", 0, at=AT)
    assert opens(other) is None
    assert opens(signer(db, tmp_path).code(hall.people[1], Medium.PAPER))


def test_what_changes_no_code_leaves_nothing(db: Database, hall: Hall) -> None:
    with db.write() as tx:
        change(tx, hall.people[0].id, {"surname": "Łoś", "note": "n", "box_slot": "A-1"}, at=AT)
        assert earlier_claims(tx) == {}
        for category in ("vip", "delegate", "vip", "delegate"):
            change(tx, hall.people[0].id, {"category": category}, at=AT)
        assert earlier_claims(tx) == {hall.people[0].holder: [(1, 0xFFFF, 0), (5, 0xFFFF, 0)]}


def test_a_blank_that_was_given_to_somebody_opens_their_name(
    db: Database, hall: Hall, opens: Callable[[str], str | None]
) -> None:
    blank, spare = hall.blanks[0], hall.people[0].holder
    with db.write() as tx:
        for _ in range(2):
            remember_blanks(tx, [blank], 5)
        tx.execute(holder.delete().where(holder.c.number == spare))
        given = update(holder).where(holder.c.number == blank)
        tx.execute(given.values(attendee_id=hall.people[0].id))
    assert opens(hall.signer.blank(blank, category="vip")) == '{"s":"Person 0"}'


def test_who_is_erased_leaves_no_earlier_claim(db: Database, hall: Hall) -> None:
    with db.write() as tx:
        change(tx, hall.people[0].id, {"minor": True}, at=AT)
        erase(tx, hall.people[0].id, AT)
        assert earlier_claims(tx) == {}
