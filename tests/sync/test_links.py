"""Rotating the key: whoever knows an old key can walk to the present one."""

import json
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, an_agenda, publish_agenda
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from reading import unbase64, verified

from event.database import Database
from event.errors import NotFound
from event.keys import key_in, public_text
from sync import links
from sync.publish import read_clock
from sync.signing import Signer


def walk(document: Any, key: str) -> str:
    """Return the key that one arrives at, having checked each step."""
    for link in document["links"]:
        if link["from"] == key:
            said = f"eventday-key-v1\n{document['event']}\n{link['to']}".encode()
            Ed25519PublicKey.from_public_bytes(unbase64(key)).verify(unbase64(link["sig"]), said)
            key = link["to"]
    return key


def chain(db: Database, tmp_path: Path) -> Any:
    with db.read() as tx:
        return json.loads(links.content(tx, tmp_path / "keys"))


def rotate(db: Database, tmp_path: Path) -> str:
    return links.rotate(db, tmp_path / "keys", issued_at=OPENING)


def test_however_many_rotations_were_missed_one_arrives(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    keys = [public_text(key_in(tmp_path / "keys", "feed.pem"))]
    keys += [rotate(db, tmp_path) for _ in range(3)]
    assert len(set(keys)) == 4
    assert [walk(chain(db, tmp_path), key) for key in keys] == [keys[-1]] * 4
    assert walk(chain(db, tmp_path), "A" * 43) == "A" * 43


def test_heads_are_signed_by_the_new_key_without_a_publish(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    signer = Signer(tmp_path)
    with db.read() as tx:
        old = signer.signed(read_clock(tx))
    new = rotate(db, tmp_path)
    with db.read() as tx:
        after = signer.signed(read_clock(tx))
    assert (after.key, after.clock.seq) == (new, old.clock.seq)
    assert after.issued > old.issued
    verified(after.content, new)
    with pytest.raises(InvalidSignature):
        verified(after.content, old.key)


def test_a_rotation_that_broke_off_is_repeated(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    folder = tmp_path / "keys"
    first = public_text(key_in(folder, "feed.pem"))
    prepared = public_text(key_in(folder, "feed-next.pem"))
    assert rotate(db, tmp_path) == prepared
    assert walk(chain(db, tmp_path), first) == prepared == public_text(key_in(folder, "feed.pem"))


def test_there_is_nothing_to_rotate_before_there_is_an_event(db: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        rotate(db, tmp_path)
