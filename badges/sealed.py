"""Sealed names: what a door may hold and only the badge in front of its camera opens.

The key comes from the badge's own signature, which is nowhere but on the badge: the server makes
it again when it needs it (Ed25519 is deterministic), and a lost scanner tells no name.
"""

import hmac
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_INFO = b"eventday-sealed-v1"
_NAME, _KEY, _NONCE = 8, 32, 12
_BLOCK = 32


def sealed_id(signature: bytes, event: UUID) -> bytes:
    """Return the 8 bytes under which the name of a badge is found."""
    return _derived(signature, event)[0]


def seal(signature: bytes, event: UUID, text: str) -> bytes:
    """Return a text under the key of a badge: a nonce of 12 bytes, then AES-256-GCM.

    The same text gives the same bytes, and another text has another nonce. Texts are filled up with
    at least one NUL to a multiple of 32 bytes, so that a length tells little; they end in none.
    """
    _, key, nonces = _derived(signature, event)
    plain = text.encode()
    plain += bytes(_BLOCK - len(plain) % _BLOCK)
    nonce = hmac.digest(nonces, plain, sha256)[:_NONCE]
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def opened(signature: bytes, event: UUID, box: bytes) -> str | None:
    """Return what a badge opens, None when it is another badge's or damaged."""
    _, key, _ = _derived(signature, event)
    try:
        plain = AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], None)
        return plain.rstrip(b"\0").decode()
    except (InvalidTag, ValueError):
        return None


@lru_cache(maxsize=1)  # the name and the box of a badge are asked for one after the other
def _derived(signature: bytes, event: UUID) -> tuple[bytes, bytes, bytes]:
    """Return name, key and key of nonces (HKDF, RFC 5869, with SHA-256 and the event as salt)."""
    hkdf = HKDF(SHA256(), _NAME + _KEY + _KEY, salt=event.bytes, info=_INFO)
    raw = hkdf.derive(signature)
    return raw[:_NAME], raw[_NAME : _NAME + _KEY], raw[_NAME + _KEY :]
