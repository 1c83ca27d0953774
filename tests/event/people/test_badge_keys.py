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
    assert (slot, known.public, known.not_before) == (0, public_text(key), AT)
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
        with pytest.raises(Conflict, match="go on with the last key"):
            rotate_badge_key(tx, tmp_path, at=AT)
    assert states(db) == ["verify-only"] * 7 + ["current"]


def test_a_folder_with_another_key_is_refused(db: Database, tmp_path: Path) -> None:
    with db.write() as tx:
        current_key(tx, tmp_path / "one", at=AT)
    with db.write() as tx, pytest.raises(Invalid, match="restore keys/ from a backup"):
        current_key(tx, tmp_path / "two", at=AT)
