"""Badge keys: one signs, older ones go on verifying, a revoked one never again."""

from pathlib import Path

import pytest
from at_once import at_once

from event.database import Database
from event.errors import Conflict, Invalid, NotFound
from event.keys import public_text
from event.people.badge_keys import (
    badge_keys,
    current_key,
    private_key,
    revoke_badge_key,
    rotate_badge_key,
)

AT = 1_748_900_000


def states(db: Database) -> list[str]:
    with db.read() as tx:
        return [key.status for key in badge_keys(tx)]


def test_the_first_is_made_when_it_is_needed_and_stays(db: Database, tmp_path: Path) -> None:
    with db.write() as tx:
        slot, key = current_key(tx, tmp_path, at=AT)
        assert (
            current_key(tx, tmp_path, at=AT + 9)[1].private_bytes_raw() == key.private_bytes_raw()
        )
        (known,) = badge_keys(tx)
    assert (slot, known.public, known.not_before) == (0, public_text(key), 0)
    assert known.raw == key.public_key().public_bytes_raw()


def test_two_processes_that_make_the_first_at_once_have_one(db: Database, tmp_path: Path) -> None:
    first, second = at_once(db, lambda tx: current_key(tx, tmp_path, at=AT)[1].private_bytes_raw())
    assert first == second
    assert states(db) == ["current"]


def test_after_a_rotation_both_verify_and_the_new_one_signs(db: Database, tmp_path: Path) -> None:
    with db.write() as tx:
        _, old = current_key(tx, tmp_path, at=AT)
        slot, new = rotate_badge_key(tx, tmp_path, at=AT + 1)
        assert current_key(tx, tmp_path, at=AT + 2)[0] == slot == 1
        before, after = badge_keys(tx)
        assert private_key(tmp_path, before).private_bytes_raw() == old.private_bytes_raw()
        assert (before.not_after, after.not_after, after.public) == (None, None, public_text(new))
    assert states(db) == ["verify-only", "current"]


def test_a_revoked_key_ends_then_and_once(db: Database, tmp_path: Path) -> None:
    with db.write() as tx:
        current_key(tx, tmp_path, at=AT)
        revoke_badge_key(tx, tmp_path, 0, at=AT + 5)
        revoke_badge_key(tx, tmp_path, 0, at=AT + 9)
        assert badge_keys(tx)[0].not_after == AT + 5
        with pytest.raises(NotFound, match="eventday keys badge show"):
            revoke_badge_key(tx, tmp_path, 7, at=AT)
    assert states(db) == ["revoked", "current"]


def test_there_are_eight_slots(db: Database, tmp_path: Path) -> None:
    with db.write() as tx:
        for _ in range(8):
            slot, _ = rotate_badge_key(tx, tmp_path, at=AT)
        assert slot == 7
        with pytest.raises(Conflict, match="revoke one, or go on with the last"):
            rotate_badge_key(tx, tmp_path, at=AT)
    assert states(db) == ["verify-only"] * 7 + ["current"]


def test_the_last_key_can_be_revoked_too_again_and_again(db: Database, tmp_path: Path) -> None:
    with db.write() as tx:
        for _ in range(8):
            rotate_badge_key(tx, tmp_path, at=AT)
    signed = []
    for _ in range(3):  # all in one second
        with db.write() as tx:
            revoke_badge_key(tx, tmp_path, 7, at=AT)
            slot, key = current_key(tx, tmp_path, at=AT)
            known = badge_keys(tx)[slot]
        assert (slot, known.public, known.not_after) == (7, public_text(key), None)
        signed.append(known.public)
    assert states(db) == ["verify-only"] * 7 + ["current"]
    with db.write() as tx:
        everything = {key.public for key in badge_keys(tx)} | set(signed)
        assert len(everything) == 10
        revoke_badge_key(tx, tmp_path, 3, at=AT + 1)
        assert rotate_badge_key(tx, tmp_path, at=AT + 2)[0] == 3
        assert badge_keys(tx)[3].not_before == AT + 2
        assert all(private_key(tmp_path, key) for key in badge_keys(tx))


def test_a_revocation_that_is_rolled_back_leaves_the_key_signing(
    db: Database, tmp_path: Path
) -> None:
    with db.write() as tx:
        for _ in range(8):
            rotate_badge_key(tx, tmp_path, at=AT)
        before = badge_keys(tx)
    with db.write() as tx:
        revoke_badge_key(tx, tmp_path, 7, at=AT + 1)
        tx.rollback()
    with db.write() as tx:
        assert badge_keys(tx) == before
        assert public_text(current_key(tx, tmp_path, at=AT + 2)[1]) == before[7].public


def test_a_folder_with_another_key_is_refused(db: Database, tmp_path: Path) -> None:
    with db.write() as tx:
        current_key(tx, tmp_path / "one", at=AT)
    with db.write() as tx, pytest.raises(Invalid, match="restore keys/ from a backup"):
        current_key(tx, tmp_path / "two", at=AT)
