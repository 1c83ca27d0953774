"""Enrolment: one code makes one device, whatever is lost, repeated or tried at once."""

from typing import Any
from uuid import uuid4

import pytest
from at_once import at_once
from gates import a_gate
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from event import tables
from event.database import Database
from event.errors import EventdayError, Gone, Invalid, NotFound
from event.people.attendees import add
from event.people.enrolment import (
    AGAIN,
    LASTS,
    devices,
    enrol,
    find_device,
    invite,
    new_link,
    revoke_device,
    revoke_invitation,
    revoke_links,
)
from event.people.model import Attendee
from event.people.substitutes import lock_out
from event.people.tokens import bearer_of

AT = 1_748_900_000
PHONE, OTHER = str(uuid4()), str(uuid4())


def a_person(tx: Connection) -> int:
    return add(tx, Attendee(id=0, guid="", given_name="Ada"), at=AT).id


def code_of(call: Any) -> str:
    with pytest.raises(EventdayError) as refused:
        call()
    return refused.value.code


def test_a_code_typed_by_hand_makes_a_device_of_its_role(db: Database) -> None:
    with db.write() as tx:
        a_gate(tx, "main")
        made = invite(tx, role="gate", gates=["main"], shift_ends_at=AT + 500, at=AT)
        typed = f" {made.secret.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
        held, token = enrol(tx, typed, uuid=PHONE.upper(), label=" Door\x00 1", at=AT)
        assert (held.role, held.gates, held.label, held.uuid) == (
            "gate",
            ("main",),
            "Door 1",
            PHONE,
        )
        bearer = bearer_of(tx, token, at=AT)
        assert bearer is not None
        assert (bearer.role, bearer.device_id, bearer.gates) == ("gate", held.id, ("main",))
        assert bearer_of(tx, token, at=AT + 500) is None


def test_nothing_that_opens_a_door_is_kept(db: Database) -> None:
    with db.write() as tx:
        ada = a_person(tx)
        secrets = [invite(tx, role="helpdesk", at=AT).secret, new_link(tx, ada, at=AT).secret]
        tokens = [enrol(tx, secret, uuid=PHONE, at=AT)[1] for secret in secrets]
        kept = str([tx.execute(select(table)).all() for table in tables.metadata.sorted_tables])
        for secret in (*secrets, *tokens):
            assert secret not in kept
            assert secret.replace("-", "") not in kept
            assert secret[4:] not in kept


def test_a_code_works_once_but_its_phone_may_ask_again(db: Database) -> None:
    with db.write() as tx:
        secret = invite(tx, role="helpdesk", at=AT).secret
        held, lost = enrol(tx, secret, uuid=PHONE, at=AT)
        again, token = enrol(tx, secret, uuid=PHONE, at=AT + AGAIN)
        assert again == held
        assert bearer_of(tx, lost, at=AT) is None
        assert bearer_of(tx, token, at=AT) is not None
        assert code_of(lambda: enrol(tx, secret, uuid=OTHER, at=AT + 1)) == "code-used"
        assert code_of(lambda: enrol(tx, secret, uuid=PHONE, at=AT + AGAIN + 1)) == "code-used"


def test_a_code_ends_with_its_time_its_shift_or_when_revoked(db: Database) -> None:
    with db.write() as tx:
        late = invite(tx, role="helpdesk", at=AT)
        assert code_of(lambda: enrol(tx, late.secret, uuid=PHONE, at=AT + LASTS + 1)) == (
            "code-expired"
        )
        shift = invite(tx, role="gate", shift_ends_at=AT + 9, at=AT)
        assert code_of(lambda: enrol(tx, shift.secret, uuid=PHONE, at=AT + 9)) == "code-expired"
        revoke_invitation(tx, late.id, at=AT)
        assert code_of(lambda: enrol(tx, late.secret, uuid=PHONE, at=AT)) == "code-revoked"
        revoke_invitation(tx, late.id, at=AT + 1)
        assert code_of(lambda: revoke_invitation(tx, shift.id + 1, at=AT)) == "not-found"
        with pytest.raises(NotFound):
            revoke_invitation(tx, shift.id, at=AT, roles=["attendee"])
        for secret in ("", "\x00", "evl_", "é" * 10_000, "\ud800", "0000-0000-0000"):
            assert code_of(lambda secret=secret: enrol(tx, secret, uuid=PHONE, at=AT)) == (
                "no-such-code"
            )
        assert devices(tx) == []


@pytest.mark.parametrize("same", [True, False])
def test_of_two_phones_at_once_one_gets_in_and_one_phone_twice_is_one_device(
    db: Database, *, same: bool
) -> None:
    with db.write() as tx:
        secret = invite(tx, role="helpdesk", at=AT).secret
    phones = iter([PHONE, PHONE if same else OTHER])

    def work(tx: Connection) -> bool:
        try:
            return bool(enrol(tx, secret, uuid=next(phones), at=AT))
        except Gone:
            return False

    assert at_once(db, work) == (True, same)
    with db.read() as tx:
        assert [held.uuid for held in devices(tx)] == [PHONE]


def test_a_link_works_for_each_phone_until_it_is_revoked(db: Database) -> None:
    with db.write() as tx:
        ada = a_person(tx)
        link = new_link(tx, ada, at=AT)
        first, _ = enrol(tx, link.secret, uuid=PHONE, at=AT)
        second, token = enrol(tx, link.secret, uuid=OTHER, at=AT + 10**6)
        again, _ = enrol(tx, link.secret, uuid=PHONE, at=AT + 10**6)
        assert (again.id, first.attendee_id) == (first.id, ada)
        assert second.id != first.id
        assert revoke_links(tx, ada, at=AT) == 1
        assert revoke_links(tx, ada, at=AT) == 0
        assert code_of(lambda: enrol(tx, link.secret, uuid=PHONE, at=AT)) == "code-revoked"
        bearer = bearer_of(tx, token, at=AT)
        assert bearer is not None
        assert bearer.attendee_id == ada


def test_one_phone_at_once_through_a_link_is_one_device(db: Database) -> None:
    with db.write() as tx:
        secret = new_link(tx, a_person(tx), at=AT).secret
    first, second = at_once(db, lambda tx: enrol(tx, secret, uuid=PHONE, at=AT)[0])
    assert first == second


def test_a_phone_locked_out_stays_out(db: Database) -> None:
    with db.write() as tx:
        ada = a_person(tx)
        link = new_link(tx, ada, at=AT)
        held, token = enrol(tx, link.secret, uuid=PHONE, at=AT)
        after = revoke_device(tx, held.id, stolen=False, at=AT + 1)
        assert (after.revoked_at, after.stolen) == (AT + 1, False)
        assert bearer_of(tx, token, at=AT) is None
        assert code_of(lambda: enrol(tx, link.secret, uuid=PHONE, at=AT)) == "locked-out"
        stolen = revoke_device(tx, held.id, stolen=True, at=AT + 9)
        assert (stolen.revoked_at, stolen.stolen) == (AT + 1, True)
        assert revoke_device(tx, held.id, stolen=False, at=AT + 9).stolen
        with pytest.raises(NotFound):
            revoke_device(tx, held.id + 1, stolen=True, at=AT)


def test_locking_somebody_out_ends_phones_tokens_and_links(db: Database) -> None:
    with db.write() as tx:
        ada, jan = a_person(tx), a_person(tx)
        links = [new_link(tx, who, at=AT).secret for who in (ada, jan)]
        tokens = [enrol(tx, link, uuid=PHONE, at=AT)[1] for link in links]
        lock_out(tx, ada, at=AT)
        assert bearer_of(tx, tokens[0], at=AT) is None
        assert bearer_of(tx, tokens[1], at=AT) is not None
        assert code_of(lambda: enrol(tx, links[0], uuid=OTHER, at=AT)) == "code-revoked"
        assert enrol(tx, links[1], uuid=OTHER, at=AT)


def test_an_attendee_is_named_for_that_role_and_no_other(db: Database) -> None:
    with db.write() as tx:
        ada = a_person(tx)
        for role, who in (("attendee", None), ("gate", ada)):
            with pytest.raises(Invalid, match="Name an attendee"):
                invite(tx, role=role, attendee_id=who, at=AT)
        with pytest.raises(Invalid, match="choose one of"):
            invite(tx, role="king", at=AT)
        for call in (lambda: invite(tx, role="attendee", attendee_id=ada + 1, at=AT),
                     lambda: new_link(tx, ada + 1, at=AT), lambda: find_device(tx, 1)):  # fmt: skip
            with pytest.raises(NotFound):
                call()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 900)), max_size=12))
def test_in_any_order_and_repetition_a_code_has_one_device_and_a_phone_one_token(
    database_url: str, tries: list[tuple[int, int, int]]
) -> None:
    database = Database(database_url)
    with database.write() as tx:
        secrets = [invite(tx, role="helpdesk", at=AT).secret for _ in range(2)]
        secrets.append(new_link(tx, a_person(tx), at=AT).secret)
        phones, now = [str(uuid4()) for _ in range(3)], AT
        held: dict[int, set[int]] = {0: set(), 1: set(), 2: set()}
        valid: dict[int, str] = {}
        for which, phone, pause in tries:
            now += pause
            try:
                device, token = enrol(tx, secrets[which], uuid=phones[phone], at=now)
            except Gone:
                assert held[which]
                assert which < 2
                continue
            held[which].add(device.id)
            valid[device.id] = token
        assert len(held[0]) <= 1
        assert len(held[1]) <= 1
        assert len(held[2]) == len({phone for which, phone, _ in tries if which == 2})
        for number, token in valid.items():
            bearer = bearer_of(tx, token, at=now)
            assert bearer is not None
            assert bearer.device_id == number
    database.close()


def test_a_code_is_for_gates_that_are_there(db: Database) -> None:
    with db.write() as tx:
        with pytest.raises(Invalid, match="no gate “main”; make it first"):
            invite(tx, role="gate", gates=["main"], at=AT)
        for slug in ("main", "dinner"):
            a_gate(tx, slug)
        with pytest.raises(Invalid, match="no gate “diner”; choose one of: dinner, main"):
            invite(tx, role="gate", gates=["main", "diner"], at=AT)
