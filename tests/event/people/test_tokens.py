"""Tokens: made once, known by their hash, revoked by its start."""

import re
from datetime import timedelta
from hashlib import sha256

import pytest
from builders import OPENING
from sqlalchemy import select

from event import tables
from event.database import Database
from event.errors import Invalid, NotFound
from event.people.tokens import ROLES, Bearer, bearer_of, create_token, revoke_token
from event.times import to_seconds

LATER = OPENING + timedelta(hours=1)


@pytest.mark.parametrize("role", ROLES)
def test_a_token_stands_for_its_holder(db: Database, role: str) -> None:
    with db.write() as tx:
        token = create_token(tx, role=role, label=" Desk\x00 1 ", at=to_seconds(OPENING))
    assert re.fullmatch(r"evd_[A-Za-z0-9_-]{43}", token)
    with db.read() as tx:
        assert bearer_of(tx, token, at=to_seconds(OPENING)) == Bearer(role, "Desk 1")
        for other in ("", "evd_", token[:-1], token + "A", token.swapcase()):
            assert bearer_of(tx, other, at=to_seconds(OPENING)) is None
    assert Bearer(role, "Desk 1").by == f"{role}/Desk 1"


def test_only_the_hash_of_a_token_is_kept(db: Database) -> None:
    with db.write() as tx:
        token = create_token(tx, role="gate", label="x" * 200, at=to_seconds(OPENING))
        (row,) = tx.execute(select(tables.token)).mappings()
    assert row["sha256"] == sha256(token.encode()).hexdigest()
    assert row["label"] == "x" * 100
    assert token not in str(dict(row))
    assert token.removeprefix("evd_") not in str(dict(row))


def test_two_tokens_are_never_the_same(db: Database) -> None:
    with db.write() as tx:
        made = {
            create_token(tx, role="gate", label="same", at=to_seconds(OPENING)) for _ in range(20)
        }
    assert len(made) == 20


def test_a_role_that_does_not_exist_is_refused_with_those_that_do(db: Database) -> None:
    with db.write() as tx, pytest.raises(Invalid, match="organiser, helpdesk, gate, attendee"):
        create_token(tx, role="admin", label="", at=to_seconds(OPENING))


def test_a_revoked_token_stands_for_nobody_and_the_others_still_do(db: Database) -> None:
    with db.write() as tx:
        tokens = [
            create_token(tx, role="gate", label=str(n), at=to_seconds(OPENING)) for n in range(2)
        ]
        revoke_token(tx, sha256(tokens[0].encode()).hexdigest()[:12].upper(), at=to_seconds(LATER))
        assert [bearer_of(tx, token, at=to_seconds(OPENING)) for token in tokens] == [
            None,
            Bearer("gate", "1"),
        ]
        moments = tx.execute(select(tables.token.c.revoked_at)).scalars()
        assert sorted(moments, key=str) == [int(LATER.timestamp()), None]


@pytest.mark.parametrize("prefix", ["", "%", "_" * 8, "f" * 64, "zzzzzzzz", "1234567"])
def test_no_token_is_revoked_by_a_short_or_unknown_id(db: Database, prefix: str) -> None:
    with db.write() as tx:
        token = create_token(tx, role="gate", label="", at=to_seconds(OPENING))
        with pytest.raises(NotFound, match="eventday token list"):
            revoke_token(tx, prefix, at=to_seconds(LATER))
        assert bearer_of(tx, token, at=to_seconds(OPENING))


def test_seven_digits_are_too_few_and_eight_suffice(db: Database) -> None:
    with db.write() as tx:
        token = create_token(tx, role="gate", label="", at=to_seconds(OPENING))
        digits = sha256(token.encode()).hexdigest()
        with pytest.raises(NotFound):
            revoke_token(tx, digits[:7], at=to_seconds(LATER))
        revoke_token(tx, digits[:8], at=to_seconds(LATER))
        with pytest.raises(NotFound):
            revoke_token(tx, digits[:8], at=to_seconds(LATER))
