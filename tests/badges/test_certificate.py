"""The code on a certificate: one text for what is printed, and no other key, event or letter."""

import zlib
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from badges.certificate import Certificate, Visited, read, sign, verified
from badges.code import Unreadable
from badges.code import _said as said_of_badges

EVENT = UUID(int=0x1234567890)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CERTIFICATE = Certificate(
    name="Zofia Łoś",
    event={"en": "Demo event", "pl": "Wydarzenie demo"},
    organiser={"pl": "Region"},
    place="Rzeszów",
    first=date(2025, 6, 3),
    last=date(2025, 6, 4),
    days=(date(2025, 6, 3),),
    sessions=(Visited(datetime(2025, 6, 3, 9, 30), 45, "Wodór"),),
    more=2,
    minutes=135,
    issued=date(2025, 6, 5),
)

TEXT = sign(CERTIFICATE, EVENT, 0, KEY)


def public(key: Ed25519PrivateKey = KEY) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120)


@given(name=NAMES, titles=st.lists(NAMES, max_size=10), slot=st.integers(0, 7))
def test_a_code_says_what_was_signed_in_any_letters(
    name: str, titles: list[str], slot: int
) -> None:
    visited = tuple(Visited(CERTIFICATE.sessions[0].starts_at, 45, title) for title in titles)
    made = replace(CERTIFICATE, name=name, sessions=visited)
    text = sign(made, EVENT, slot, KEY)
    code = read(text)
    assert (text[0], code.slot) == ("C", slot)
    assert verified(code, EVENT, public()) == made
    assert sign(made, EVENT, slot, KEY) == text


@given(place=st.integers(0, 10_000), to=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_one_other_letter_makes_it_void(place: int, to: str) -> None:
    place %= len(TEXT)
    changed = TEXT[:place] + to + TEXT[place + 1 :]
    if changed == TEXT:
        return
    try:
        code = read(changed)
    except Unreadable:
        return
    assert verified(code, EVENT, public()) is None


def test_another_key_or_event_or_what_a_badge_is_signed_as_is_void() -> None:
    code = read(TEXT)
    assert verified(code, UUID(int=1), public()) is None
    assert verified(code, EVENT, public(Ed25519PrivateKey.generate())) is None
    assert verified(code, EVENT, bytes(32)) is None
    as_badge = KEY.sign(said_of_badges(code.payload, EVENT))
    assert verified(replace(code, signature=as_badge), EVENT, public()) is None


@pytest.mark.parametrize(
    "spelling",
    [
        "", "C", "C" * 20_001, TEXT[:60], TEXT.lower(), TEXT + "A", "E" + TEXT[1:], "Ć" + TEXT[1:],
        TEXT + "\n", TEXT.replace("A", "0"),
    ],
)  # fmt: skip
def test_another_spelling_is_no_code(spelling: str) -> None:
    with pytest.raises(Unreadable):
        read(spelling)


def test_what_was_signed_unpacks_no_further_than_a_page() -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = bomb.compress(b'{"name":"' + b"a" * 50_000_000) + bomb.flush()
    payload = b"\x10" + packed
    code = replace(read(TEXT), payload=payload)
    signed = replace(code, signature=KEY.sign(b"eventday-certificate-v1\0" + EVENT.bytes + payload))
    with pytest.raises(ValueError, match="Unterminated"):
        verified(signed, EVENT, public())
