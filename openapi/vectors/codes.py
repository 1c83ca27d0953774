"""The vectors of badges: codes, short codes, sealed names."""

import base64
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from known import EVENT, key

from badges.code import Claim, Flag, Medium, event_tag, fingerprint, read, sign
from badges.sealed import seal, sealed_id
from badges.short import short_code
from event.keys import public_text

CLAIMS = (
    Claim(0, 0x89ABCDEF, Medium.PAPER, 1, 1, 0b11, Flag(0)),
    Claim(0, 0x89ABCDEF, Medium.PHONE, 1, 1, 0b11, Flag(0)),
    Claim(0, 0x89ABCDEF, Medium.PAPER, 2, 1, 0b11, Flag(0)),
    Claim(1, 1, Medium.PAPER, 1, 3, 0xFFFF, Flag.STAFF),
    Claim(1, 2**32 - 1, Medium.PHONE, 127, 255, 0x8001, Flag.LOOK_AT_ID | Flag.MINOR),
    Claim(0, 0x01020304, Medium.PAPER, 1, 1, 0xFFFF, Flag.BLANK),
    Claim(0, 0, Medium.PAPER, 1, 3, 0xFFFF, Flag.PRACTICE),
)


def badges() -> Any:
    """Return claims and their codes, short codes and sealed names; and what must be refused."""
    event, pairs = UUID(EVENT), {0: key(5), 1: key(6)}
    texts = [sign(claim, event, pairs[claim.slot]) for claim in CLAIMS]
    return {
        "event": EVENT,
        "tag": event_tag(event).hex(),
        "keys": [
            {"slot": slot, "private": pair.private_bytes_raw().hex(), "public": public_text(pair)}
            for slot, pair in pairs.items()
        ],
        "codes": [
            {"claim": asdict(claim), "text": text, "fingerprint": fingerprint(text)}
            for claim, text in zip(CLAIMS, texts, strict=True)
        ],
        "refused": [
            {"text": text, "refused": why, "what": what}
            for text, why, what in refused_codes(texts[0])
        ],
        "weak": [
            {
                "public": base64.urlsafe_b64encode(point.to_bytes(32, "little"))
                .decode()
                .rstrip("="),
                "text": unsigned_code(holder),
            }
            for point, holder in ((0, 5), (1, 0))
        ],
        "short": [{"holder": c.holder, "text": short_code(c.holder)} for c in CLAIMS[2:]],
        "typed": [{"typed": t, "holder": n} for t, n in typed_codes(short_code(1))],
        "sealed": [
            {
                "code": text,
                "id": sealed_id(read(text).signature, event).hex(),
                "text": name,
                "box": seal(read(text).signature, event, name).hex(),
            }
            for text, name in zip(texts, ("Łukasz Brzęczyszczykiewicz", "Ada", ""), strict=False)
        ],
    }


def unsigned_code(holder: int) -> str:
    """Return a code that nobody signed: its R is the neutral point, its S is zero."""
    signed = sign(replace(CLAIMS[0], holder=holder), UUID(EVENT), key(5))
    payload = base64.b32decode(signed + "======")[:12]
    raw = payload + (1).to_bytes(32, "little") + bytes(32)
    return base64.b32encode(raw).rstrip(b"=").decode()


def refused_codes(good: str) -> list[tuple[str, str, str]]:
    """Return texts that are no badge of this event, why, and what is wrong with them."""
    claim, event = CLAIMS[0], UUID(EVENT)
    raw = base64.b32decode(good + "======")
    # The order of the base point (RFC 8032, section 5.1).
    group = 2**252 + 27742317777372353535851937790883648493
    larger = (int.from_bytes(raw[44:], "little") + group).to_bytes(32, "little")
    malleable = base64.b32encode(raw[:44] + larger).rstrip(b"=").decode()
    # The first event, counted from zero, that has the same two bytes of tag.
    twin = UUID(int=96_431)
    return [
        ("", "unreadable", "nothing"),
        (good[:-1], "unreadable", "a character is missing"),
        (good + "A", "unreadable", "there is a character more"),
        (good + "======", "unreadable", "base32 with its padding"),
        (good.lower(), "unreadable", "lower case"),
        (good[:60] + " " + good[60:], "unreadable", "a space inside"),
        (good + "\n", "unreadable", "a line end"),
        (good[:-1] + chr(ord(good[-1]) + 1), "unreadable", "a spare bit is set: the same bytes"),
        (good.replace("E", "Е", 1), "unreadable", "a Cyrillic Е for the Latin one"),
        ("F" + good[1:], "unreadable", "another format"),
        ("HTTPS://EXAMPLE.ORG/" + good[:102], "unreadable", "a link of the same length"),
        (sign(claim, UUID(int=1), key(5)), "other_event", "a badge of another event"),
        (sign(claim, twin, key(5)), "bad_signature", "another event with the same tag"),
        (sign(replace(claim, slot=7), event, key(5)), "unknown_key", "no key has slot 7"),
        (sign(claim, event, key(6)), "bad_signature", "the key of another slot signed it"),
        (good[:20] + ("B" if good[20] == "A" else "A") + good[21:], "bad_signature", "changed"),
        (malleable, "bad_signature", "the group's order is added to S (RFC 8032, section 5.1.7)"),
    ]


def typed_codes(good: str) -> list[tuple[str, int | None]]:
    """Return short codes as people type them, and whose they are: nobody's when mistyped."""
    return [
        (good, 1),
        (f" {good[:4]} {good[4:]} ", 1),
        (f"{good[:4]}-{good[4:]}".lower(), 1),
        (good.replace("0", "o").replace("1", "l"), 1),
        (good[:-1], None),
        (good + "0", None),
        (good[:2] + "2" + good[3:], None),
        (good[:5] + good[6] + good[5] + good[7:], None),
        (good[:6] + good[7] + good[6], None),
        ("U" + good[1:], None),
        (good.replace("0", "٠"), None),
        ("ZZZZZZZZ", None),
    ]
