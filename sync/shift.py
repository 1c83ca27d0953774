"""A lead's word that a shift goes on: one text for all devices of a role, without a network."""

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.replica import verifies

PREFIX = "eventday-shift"
"""What the text begins with; no badge's code does."""


def shift_text(
    key: Ed25519PrivateKey,
    event: str,
    role: str,
    ends_at: int,
    *,
    link: Mapping[str, str] | None = None,
) -> str:
    """Return the text to show as a QR code (docs/door.md); `ends_at` is UTC seconds.

    `link` leads from the key before to this one (docs/sync.md, "Keys"): some know but that one.
    """
    signature = base64.urlsafe_b64encode(key.sign(_said(event, role, ends_at))).rstrip(b"=")
    way = f":{link['to']}:{link['sig']}" if link else ""
    return f"{PREFIX}:{role}:{ends_at}:{signature.decode()}{way}"


def read_shift(text: str, event: str, key: str) -> tuple[str, int]:
    """Return role and end (UTC seconds) that an event's key, or the next after it, has signed.

    Raises ValueError when neither has.
    """
    prefix, role, ends_at, signature, *way = text.split(":")
    said, keys = _said(event, role, int(ends_at)), [key]
    if way:
        following, link = way
        if verifies(key, link, f"eventday-key-v1\n{event}\n{following}".encode()):
            keys.append(following)
    if prefix != PREFIX or not any(verifies(one, signature, said) for one in keys):
        raise ValueError
    return role, int(ends_at)


def _said(event: str, role: str, ends_at: int) -> bytes:
    return f"{PREFIX}-v1\n{event}\n{role}\n{ends_at}".encode()
