"""The code on a certificate of attendance, EC1: all that is printed there, signed, as a text.

So anybody can check it, without a network and without a list of what was given out.
docs/certificates.md has its form.
"""

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges.code import SLOTS, Unreadable, is_signed

FORMAT = 2
"""The first five bits; every code of a certificate begins with C, that of a badge with E."""
LONGEST = 20_000
"""Characters that are looked at; the largest QR code holds 4,296."""

_TEXT = re.compile(r"C[A-Z2-7]+")
_DOMAIN = b"eventday-certificate-v1\0"
_SIGNATURE, _MOST = 64, 1 << 16


@dataclass(frozen=True, slots=True)
class Visited:
    """A session somebody came to: when it began by the venue's clock, and how long it was."""

    starts_at: datetime
    minutes: int
    title: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says; texts for people by language.

    `minutes` are those of all sessions, also of `more` that are not listed; what was at once counts
    once.
    """

    name: str
    event: Mapping[str, str]
    organiser: Mapping[str, str]
    place: str
    first: date
    last: date
    days: tuple[date, ...]
    sessions: tuple[Visited, ...]
    more: int
    minutes: int
    issued: date


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was read but not verified: the slot of its key, what was signed, by what."""

    slot: int
    payload: bytes
    signature: bytes


def sign(certificate: Certificate, event: UUID, slot: int, key: Ed25519PrivateKey) -> str:
    """Return the code of a certificate, upper-case base32 without padding (RFC 4648)."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)  # raw, as RFC 1951 has it
    packed = deflate.compress(_json(certificate)) + deflate.flush()
    payload = (FORMAT << 3 | slot).to_bytes() + packed
    return base64.b32encode(payload + key.sign(_said(payload, event))).rstrip(b"=").decode()


def read(text: str) -> Code:
    """Return what a text holds, if it has the form of a code. Raises Unreadable."""
    if len(text) > LONGEST or not _TEXT.fullmatch(text):
        raise Unreadable("This is no code of a certificate.")
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        raise Unreadable("This is no code of a certificate.") from None
    is_so = raw[0] >> 3 == FORMAT and base64.b32encode(raw).rstrip(b"=").decode() == text
    if len(raw) <= _SIGNATURE + 1 or not is_so:
        raise Unreadable("This is no code of a certificate.")
    return Code(raw[0] % SLOTS, raw[:-_SIGNATURE], raw[-_SIGNATURE:])


def verified(code: Code, event: UUID, public: bytes) -> Certificate | None:
    """Return what a code says, None unless a key (32 bytes) signed it for an event.

    Nothing is unpacked before the signature holds.
    """
    if not is_signed(public, code.signature, _said(code.payload, event)):
        return None
    said = json.loads(zlib.decompressobj(-15).decompress(code.payload[1:], _MOST))
    first, last = map(date.fromisoformat, said["dates"])
    return Certificate(
        name=said["name"],
        event=said["event"],
        organiser=said["organiser"],
        place=said["place"],
        first=first,
        last=last,
        days=tuple(map(date.fromisoformat, said["days"])),
        sessions=tuple(
            Visited(datetime.fromisoformat(start), minutes, title)
            for start, minutes, title in said["sessions"]
        ),
        more=said["more"],
        minutes=said["minutes"],
        issued=date.fromisoformat(said["issued"]),
    )


def plain(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as it stands in a code: texts, numbers, lists of them."""
    return {
        "name": certificate.name,
        "event": dict(certificate.event),
        "organiser": dict(certificate.organiser),
        "place": certificate.place,
        "dates": [certificate.first.isoformat(), certificate.last.isoformat()],
        "days": [day.isoformat() for day in certificate.days],
        "sessions": [
            [one.starts_at.isoformat(timespec="minutes"), one.minutes, one.title]
            for one in certificate.sessions
        ],
        "more": certificate.more,
        "minutes": certificate.minutes,
        "issued": certificate.issued.isoformat(),
    }


def _json(certificate: Certificate) -> bytes:
    """Return it as canonical JSON (RFC 8785)."""
    said = plain(certificate)
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _said(payload: bytes, event: UUID) -> bytes:
    return _DOMAIN + event.bytes + payload
