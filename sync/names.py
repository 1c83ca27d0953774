"""Sealed names on a scanner: kept as they came, and opened one by one by the badge itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from badges import sealed
from sync.mine import SET, opened
from sync.replica import decoded, json_of

TABLE = "CREATE TABLE IF NOT EXISTS name (id TEXT PRIMARY KEY, box TEXT NOT NULL) STRICT"
_FIELDS = {"g": "given_name", "s": "surname", "o": "organisation", "n": "note"}


def keep(folder: Path, boxes: Mapping[str, str], how: Mapping[str, Any]) -> None:
    """Keep boxes (base64url by id) instead of those before, and as a setting whence they are."""
    with opened(folder) as db:
        db.execute("DELETE FROM name")
        db.executemany("INSERT INTO name VALUES (?, ?)", boxes.items())
        db.execute(SET, ("names", json_of(how)))


def person_of(folder: Path, signature: bytes, event: UUID) -> Mapping[str, str] | None:
    """Return what the badge of a signature opens, None if nothing is kept for it."""
    name = sealed.sealed_id(signature, event).hex()
    with opened(folder, "BEGIN") as db:
        row = db.execute("SELECT box FROM name WHERE id = ?", (name,)).fetchone()
    if row is None or (text := sealed.opened(signature, event, decoded(row[0]))) is None:
        return None
    said = json.loads(text)
    return {full: said.get(short, "") for short, full in _FIELDS.items()}
