"""Heads and keys: what is signed, by whom, and whether it makes sense (docs/sync.md)."""

import base64
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.kept.storage import PhoneError, Row, refusing

SCHEMA = 1
"""The only number of the snapshot's tables that this client reads."""
LATER = 600
"""Seconds before what was whole but wrong is tried again."""


def order_of(head: Row) -> tuple[int, int]:
    """Return what orders heads."""
    return head["epoch"], head["seq"]


def poll_of(head: Row) -> tuple[int, int]:
    """Return base and spread in seconds; a slip on the server must not silence phones."""
    base, spread = head["poll"]
    return min(max(base, 1), 3600), min(spread, 3600)


def base64_of(number: int) -> str:
    """Return a state as text: 43 characters of base64url, big-endian."""
    raw = (number % 2**256).to_bytes(32)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64(text: str, size: int) -> bytes:
    """Return the bytes that base64url stands for; raise ValueError for another spelling of them."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != size or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError
    return raw


def verifies(key: str, signature: str, message: bytes) -> bool:
    """Say whether a key signed a message; what is no key or signature did not."""
    try:
        Ed25519PublicKey.from_public_bytes(unbase64(key, 32)).verify(
            unbase64(signature, 64), message
        )
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def is_signed(head: bytes, key: str) -> bool:
    """Say whether a key signed a head."""
    line, _, signature = head.partition(b"\n")
    return verifies(key, signature.decode("latin-1"), b"eventday-head-v1\n" + line)


def checked_head(line: bytes, event: str) -> Row:
    """Return a head that is signed, its members checked."""
    with refusing("The server's head is damaged; trying again later."):
        head: Row = json.loads(line)
        if head["event"] != event:
            raise PhoneError("refused", "This server has another event; check its address.")
        if (head["v"], head["schema"]) != (1, SCHEMA):
            raise PhoneError(
                "outdated", "Update this app: it cannot read what is new.", retry_after=LATER
            )
        snapshot, poll = head["snapshot"], head["poll"]
        numbers = [head[name] for name in ("epoch", "seq", "issued", "expires", "log_from")]
        numbers += [snapshot["seq"], snapshot["bytes"], *poll]
        for start, end, digest, size in head["log"]:
            numbers += [start, end, size, len(unbase64(digest, 32))]
        if not all(type(n) is int and 0 <= n <= 2**53 for n in numbers) or len(poll) != 2:
            raise ValueError
        start, end = f"snapshot-{head['epoch']}-{snapshot['seq']}-", ".db"
        name = snapshot["name"].removeprefix(start).removesuffix(end)
        if snapshot["name"] != f"{start}{name}{end}" or not head["epoch"]:
            raise ValueError
        unbase64(name, 32)
        unbase64(head["state"], 32)
    return head
