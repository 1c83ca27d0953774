"""What all test vectors share: an event, and keys that sign nothing else."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

EVENT = "11111111-1111-4111-8111-111111111111"


def key(number: int) -> Ed25519PrivateKey:
    """Return a key that everyone knows."""
    seed = hashlib.sha256(f"eventday test key {number}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def encoded(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
