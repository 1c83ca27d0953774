"""Codes of badges: who somebody is, as a claim that verifies."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders import an_agenda, guid, publish_agenda

from badges.code import Flag, Medium, read, verifies
from event.database import Database
from event.errors import NotFound
from event.people.attendees import add, find
from event.people.codes import signer_of
from event.people.holders import new_holders, reissue_badge
from event.people.model import Attendee

AT = 1_748_900_000


def test_without_an_event_there_are_no_codes(db: Database, tmp_path: Path) -> None:
    with db.write() as tx, pytest.raises(NotFound, match="import an agenda"):
        signer_of(tx, tmp_path, at=AT)


def test_a_code_says_what_a_door_must_know_and_verifies(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda(1))
    with db.write() as tx:
        person = add(
            tx,
            Attendee(id=0, guid="", given_name="Ada", category="staff", days=2, minor=True,
                     look_at_id=True),
            at=AT,
        )  # fmt: skip
        reissue_badge(tx, person.holder, Medium.PAPER, 2, at=AT, by="")
        person = find(tx, person.id)
        signer = signer_of(tx, tmp_path, at=AT)
        assert str(signer.event) == guid("event")
        paper, phone = (
            read(signer.code(person, medium)) for medium in (Medium.PAPER, Medium.PHONE)
        )
        for code, medium, generation in ((paper, Medium.PAPER, 2), (phone, Medium.PHONE, 1)):
            assert verifies(code, signer.event, signer.key.public_key().public_bytes_raw())
            said = code.claim
            assert (said.holder, said.medium, said.generation) == (
                person.holder,
                medium,
                generation,
            )
            assert (said.category, said.days, said.slot) == (3, 2, 0)
            assert said.flags == Flag.LOOK_AT_ID | Flag.MINOR | Flag.STAFF


def test_correcting_a_name_never_changes_a_code(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda(1))
    with db.write() as tx:
        person = add(tx, Attendee(id=0, guid="", given_name="Ada"), at=AT)
        signer = signer_of(tx, tmp_path, at=AT)
        other = replace(person, given_name="Eva", email="e@example.org", note="x", version=9)
        assert signer.code(person, Medium.PAPER) == signer.code(other, Medium.PAPER)


def test_a_blank_says_that_it_is_one(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda(1))
    with db.write() as tx:
        (number,) = new_holders(tx, [None], at=AT)
        signer = signer_of(tx, tmp_path, at=AT)
        said = read(signer.blank(number, category="press")).claim
    assert (said.holder, said.category, said.flags) == (number, 4, Flag.BLANK)
