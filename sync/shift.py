"""A lead's word that a shift goes on: one text for all devices of a role, without a network."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.replica import verifies

PREFIX = "eventday-shift"
"""What the text begins with; no badge's code does."""


def shift_text(key: Ed25519PrivateKey, event: str, role: str, ends_at: int) -> str:
    """Return the text to show as a QR code (docs/door.md); `ends_at` is UTC seconds."""
    signature = base64.urlsafe_b64encode(key.sign(_said(event, role, ends_at))).rstrip(b"=")
    return f"{PREFIX}:{role}:{ends_at}:{signature.decode()}"


def read_shift(text: str, event: str, key: str) -> tuple[str, int]:
    """Return role and end (UTC seconds) that an event's key (base64url) has signed.

    Raises ValueError when it has not.
    """
    prefix, role, ends_at, signature = text.split(":")
    if prefix != PREFIX or not verifies(key, signature, _said(event, role, int(ends_at))):
        raise ValueError
    return role, int(ends_at)


def _said(event: str, role: str, ends_at: int) -> bytes:
    return f"{PREFIX}-v1\n{event}\n{role}\n{ends_at}".encode()
