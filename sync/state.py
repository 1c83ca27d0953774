"""A number for a set of rows: equal rows in any order have an equal state."""

import base64
from hashlib import sha256

from event.text import dump

EMPTY = base64.urlsafe_b64encode(bytes(32)).rstrip(b"=").decode()
"""The state of no rows: 43 characters of base64url."""

_MODULUS = 2**256


def moved_on(state: str, *, gone: list[list[object]], come: list[list[object]]) -> str:
    """Return the state after some rows went and others came; a row is [table, column…].

    The state is the sum of SHA-256(canonical JSON of each row) modulo 2²⁵⁶, big-endian base64url
    without padding: changing a row costs two hashes, whatever the size of the whole.
    """
    total = int.from_bytes(base64.urlsafe_b64decode(state + "="))
    total += sum(map(_hash, come)) - sum(map(_hash, gone))
    return base64.urlsafe_b64encode((total % _MODULUS).to_bytes(32)).rstrip(b"=").decode()


def _hash(row: list[object]) -> int:
    return int.from_bytes(sha256(dump(row).encode()).digest())
