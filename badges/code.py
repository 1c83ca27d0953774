"""The code on a badge, EB1: what it says, signed, as the text of a QR code.

76 bytes as 122 characters of base32, exactly what a QR code of version 5 at correction M holds.
It says a random number and no personal data; docs/badges.md has the table of its bytes.
"""

import base64
import re
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LENGTH = 122
"""Characters of a code."""
FORMAT = 4
"""The first five bits; every code begins with E, so that other QR codes are told apart at sight."""
SLOTS = 8
GENERATIONS = 128

_TEXT = re.compile(r"E[A-Z2-7]{120}[AEIMQUY4]")
"""It begins with the format; the last two bits are beyond the last byte, and zero."""
_PAYLOAD, _SIGNED = 12, 76
_DOMAIN = b"eventday-badge-v1\0"
_PRIME = 2**255 - 19
_EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_WEAK = {0, 1, _PRIME - 1, _EIGHTH, _PRIME - _EIGHTH}
"""The y of the eight points of small order: under such a key, anybody can sign anything."""


class Unreadable(ValueError):
    """This is no code of a badge."""


class Medium(IntEnum):
    """What the code is shown on; each has generations of its own."""

    PHONE = 0
    PAPER = 1


class Flag(IntFlag):
    """What the door should know even of somebody it has never heard of."""

    LOOK_AT_ID = 1
    MINOR = 2
    STAFF = 4
    BLANK = 8
    PRACTICE = 128


@dataclass(frozen=True, slots=True)
class Claim:
    """What a code says: of whom (a number), on what, and where they may go.

    `slot` is that of the key, `days` a bitmap whose bit 0 is the first event day. A card for
    practice names no holder (0), and its category is the number of what it is to show.
    """

    slot: int
    holder: int
    medium: Medium
    generation: int
    category: int
    days: int
    flags: Flag


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was read but not verified; `tag` names its event."""

    claim: Claim
    tag: bytes
    payload: bytes
    signature: bytes


def event_tag(event: UUID) -> bytes:
    """Return the two bytes that tell a badge of another event before its signature is looked at."""
    return sha256(event.bytes).digest()[:2]


def sign(claim: Claim, event: UUID, key: Ed25519PrivateKey) -> str:
    """Return the code of a claim: the same claim and key give the same text (RFC 8032).

    Raises OverflowError when a number is too large for its field.
    """
    raw = _payload(claim, event) + signature_of(claim, event, key)
    return base64.b32encode(raw).rstrip(b"=").decode()


def signature_of(claim: Claim, event: UUID, key: Ed25519PrivateKey) -> bytes:
    """Return the 64 bytes that stand in the code of a claim. Raises OverflowError as `sign`."""
    return key.sign(_said(_payload(claim, event), event))


def _payload(claim: Claim, event: UUID) -> bytes:
    medium = (claim.medium << 7) + _fitting(claim.generation, GENERATIONS)
    return b"".join(
        (
            (FORMAT << 3 | _fitting(claim.slot, SLOTS)).to_bytes(),
            event_tag(event),
            claim.holder.to_bytes(4),
            medium.to_bytes(),
            claim.category.to_bytes(),
            claim.days.to_bytes(2),
            claim.flags.to_bytes(),
        )
    )


def read(text: str) -> Code:
    """Return what a text says, if it is a code. Raises Unreadable.

    One text alone is right for each claim and signature: 122 characters of the upper-case alphabet
    (RFC 4648, section 6), the two bits beyond the last byte zero.
    """
    if not _TEXT.fullmatch(text):
        raise Unreadable("This is no code of a badge.")
    raw = base64.b32decode(text + "=" * (-len(text) % 8))
    payload = raw[:_PAYLOAD]
    claim = Claim(
        slot=payload[0] % SLOTS,
        holder=int.from_bytes(payload[3:7]),
        medium=Medium(payload[7] >> 7),
        generation=payload[7] % GENERATIONS,
        category=payload[8],
        days=int.from_bytes(payload[9:11]),
        flags=Flag(payload[11]),
    )
    return Code(claim, payload[1:3], payload, raw[_PAYLOAD:_SIGNED])


def verifies(code: Code, event: UUID, public: bytes) -> bool:
    """Say whether a key (32 bytes) signed a code for an event.

    The event's UUID is signed but not carried, so that a badge of one event is none of another
    whose tag happens to be the same. A key that is no proper point, such as 32 zero bytes, signed
    nothing.
    """
    return is_signed(public, code.signature, _said(code.payload, event))


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether a key (32 bytes, a proper point) signed a message (RFC 8032)."""
    y = int.from_bytes(public, "little") % 2**255
    if y >= _PRIME or y in _WEAK:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(text: str) -> str:
    """Return what is kept of a code's text: the first 8 bytes of its SHA-256, in hex."""
    # Half a surrogate pair is no code, but somebody may send one.
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _said(payload: bytes, event: UUID) -> bytes:
    return _DOMAIN + event.bytes + payload


def _fitting(number: int, end: int) -> int:
    if not 0 <= number < end:
        raise OverflowError(f"{number} does not fit below {end}")
    return number
