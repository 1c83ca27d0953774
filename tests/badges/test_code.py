"""The code on a badge: what is one, and everything that is none."""

import base64
import random
from dataclasses import replace
from io import BytesIO
from itertools import count, product
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from zxingcpp import read_barcodes

from badges import qr
from badges.code import (
    Claim,
    Flag,
    Medium,
    Unreadable,
    event_tag,
    fingerprint,
    read,
    sign,
    verifies,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
EVENT = UUID("11111111-1111-4111-8111-111111111111")
KEY = Ed25519PrivateKey.from_private_bytes(b"a key that everyone knows at all")
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
CLAIM = Claim(
    slot=3,
    holder=0x89ABCDEF,
    medium=Medium.PAPER,
    generation=1,
    category=2,
    days=0b11,
    flags=Flag.LOOK_AT_ID | Flag.STAFF,
)
TEXT = sign(CLAIM, EVENT, KEY)
PRIME = 2**255 - 19
GROUP = 2**252 + 27742317777372353535851937790883648493
"""The order of the base point (RFC 8032, section 5.1)."""

claims = st.builds(
    Claim,
    slot=st.integers(0, 7),
    holder=st.integers(0, 2**32 - 1),
    medium=st.sampled_from(Medium),
    generation=st.integers(0, 127),
    category=st.integers(0, 255),
    days=st.integers(0, 0xFFFF),
    flags=st.integers(0, 255).map(Flag),
)


def is_accepted(text: str, *, event: UUID = EVENT, public: bytes = PUBLIC) -> bool:
    try:
        return verifies(read(text), event, public)
    except Unreadable:
        return False


def text_of(raw: bytes) -> str:
    return base64.b32encode(raw).rstrip(b"=").decode()


def raw_of(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


@given(claims, st.uuids())
def test_every_claim_is_read_as_it_was_signed(claim: Claim, event: UUID) -> None:
    text = sign(claim, event, KEY)
    assert text == sign(claim, event, KEY)
    assert len(text) == 122
    assert text.startswith("E")
    code = read(text)
    assert (code.claim, code.tag) == (claim, event_tag(event))
    assert verifies(code, event, PUBLIC)


def test_the_bytes_are_where_the_table_says() -> None:
    raw = raw_of(TEXT)
    assert (
        raw[:12].hex() == "23" + event_tag(EVENT).hex() + "89abcdef" + "81" + "02" + "0003" + "05"
    )
    assert KEY.sign(b"eventday-badge-v1\0" + EVENT.bytes + raw[:12]) == raw[12:]


def test_a_code_is_version_5_at_m_and_a_reader_gives_it_back() -> None:
    (found,) = read_barcodes(Image.open(BytesIO(qr.png(qr.matrix(TEXT)))))
    assert (found.text, found.extra["Version"], found.extra["ECLevel"]) == (TEXT, "5", "M")


def test_every_change_of_one_character_is_refused() -> None:
    for place, character in product(range(122), ALPHABET):
        changed = TEXT[:place] + character + TEXT[place + 1 :]
        assert is_accepted(changed) == (changed == TEXT), changed


def test_what_lacks_or_adds_a_character_is_refused() -> None:
    for place in range(122):
        assert not is_accepted(TEXT[:place] + TEXT[place + 1 :])
    for place in range(123):
        for character in "A7= \n\0é":
            assert not is_accepted(TEXT[:place] + character + TEXT[place:])


@pytest.mark.parametrize(
    "text",
    [
        "", "E", TEXT.lower(), TEXT.title(), TEXT + "======", TEXT + TEXT, TEXT[::-1],
        f" {TEXT}", f"{TEXT}\n", f"{TEXT}\r\n", f"\ufeff{TEXT}", f"{TEXT}\u200b", f"{TEXT}\0",
        f"{TEXT[:61]} {TEXT[61:]}", f"HTTPS://EXAMPLE.ORG/{TEXT}", "E" * 100_000,
        TEXT.translate({ord(c): ord(c) + 0xFEE0 for c in ALPHABET}),
    ],
)  # fmt: skip
def test_another_spelling_is_refused(text: str) -> None:
    assert not is_accepted(text)


def test_letters_and_digits_that_look_alike_are_refused() -> None:
    alike = {"A": "АΑ", "B": "ВΒ8", "E": "ЕΕ", "I": "ІΙ1", "K": "\u212aКΚ", "O": "ОΟ0", "S": "Ѕſ",
             "2": "２٢²", "3": "３З", "5": "५"}  # fmt: skip
    for place, character in enumerate(TEXT):
        for other in alike.get(character, ""):
            assert not is_accepted(TEXT[:place] + other + TEXT[place + 1 :])


def test_other_bits_of_padding_are_refused() -> None:
    last = ALPHABET.index(TEXT[-1])
    assert last % 4 == 0
    same_bytes = [TEXT[:-1] + ALPHABET[last + spare] for spare in range(4)]
    assert {raw_of(text) for text in same_bytes} == {raw_of(TEXT)}
    assert [is_accepted(text) for text in same_bytes] == [True, False, False, False]


def mutated(number: int, chance: random.Random) -> str:
    """Return a text that is no code; of every 25 one has its shape."""
    if number % 50 == 0:
        # One to three flipped bits anywhere behind the format.
        bits = chance.sample(range(5, 608), chance.randint(1, 3))
        flipped = int.from_bytes(raw_of(TEXT)) ^ sum(1 << 607 - bit for bit in bits)
        return text_of(flipped.to_bytes(76))
    if number % 50 == 1:
        return text_of(bytes([0x20 + chance.randrange(8)]) + chance.randbytes(75))
    if number % 50 < 25:
        return "".join(chance.choices(ALPHABET, k=chance.choice((1, 121, 122, 123))))
    place, end = sorted(chance.sample(range(123), 2))
    junk = chance.choice(("", "=", "a", "0", "\n", "É", TEXT[place:end] * 2))
    return TEXT[:place] + junk + TEXT[end:]


def test_none_of_100_000_random_and_mutated_codes_is_accepted() -> None:
    chance = random.Random(1)  # noqa: S311
    verified = 0
    for number in range(100_000):
        text = mutated(number, chance)
        try:
            code = read(text)
        except Unreadable:
            continue
        verified += 1
        assert not verifies(code, EVENT, PUBLIC), text
    assert verified >= 4_000


def test_a_signature_made_malleable_is_refused() -> None:
    raw = raw_of(TEXT)
    payload, point, scalar = raw[:12], raw[12:44], int.from_bytes(raw[44:], "little")
    for times in range(1, 8):
        other = payload + point + (scalar + times * GROUP).to_bytes(32, "little")
        assert not is_accepted(text_of(other))
    negated = (GROUP - scalar).to_bytes(32, "little")
    assert not is_accepted(text_of(payload + point + negated))
    assert not is_accepted(text_of(payload + bytes(64)))


def small_order_keys() -> list[bytes]:
    """Return every encoding of a point of small order, and each coordinate that is too large."""
    eighth = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
    heights = [0, 1, PRIME - 1, eighth, PRIME - eighth, *range(PRIME, 2**255)]
    return [(y + (sign << 255)).to_bytes(32, "little") for y in heights for sign in (0, 1)]


def test_a_key_of_small_order_signs_nothing() -> None:
    """Under such a key S = 0 and the neutral point sign every message in eight, or all."""
    neutral = (1).to_bytes(32, "little")
    payloads = (raw_of(sign(replace(CLAIM, holder=n), EVENT, KEY))[:12] for n in range(64))
    forged = [read(text_of(payload + neutral + bytes(32))) for payload in payloads]
    for public in small_order_keys():
        assert not any(verifies(code, EVENT, public) for code in forged), public.hex()


@pytest.mark.parametrize("public", [b"", bytes(31), PUBLIC + b"\0", PUBLIC[::-1], b"\xff" * 32])
def test_what_is_no_key_signed_nothing(public: bytes) -> None:
    assert not is_accepted(TEXT, public=public)


def test_another_event_with_the_same_tag_refuses_it() -> None:
    events = (UUID(int=number) for number in count())
    other = next(event for event in events if event_tag(event) == event_tag(EVENT))
    assert read(TEXT).tag == event_tag(other)
    assert is_accepted(TEXT)
    assert not is_accepted(TEXT, event=other)


def test_another_key_refuses_it() -> None:
    other = Ed25519PrivateKey.generate().public_key()
    assert not is_accepted(TEXT, public=other.public_bytes(Encoding.Raw, PublicFormat.Raw))


@pytest.mark.parametrize(
    "values",
    [
        {"slot": 8}, {"slot": -1}, {"holder": 2**32}, {"holder": -1}, {"generation": 128},
        {"generation": -1}, {"category": 256}, {"category": -1}, {"days": 2**16}, {"days": -1},
        {"flags": Flag(256)},
    ],
)  # fmt: skip
def test_a_number_too_large_for_its_field_is_never_signed(values: dict[str, int]) -> None:
    with pytest.raises(OverflowError):
        sign(replace(CLAIM, **values), EVENT, KEY)  # type: ignore[arg-type]


def test_a_fingerprint_is_eight_bytes_and_tells_codes_apart() -> None:
    assert fingerprint(TEXT) == fingerprint(TEXT)
    assert len(bytes.fromhex(fingerprint(TEXT))) == 8
    other = sign(replace(CLAIM, generation=2), EVENT, KEY)
    assert fingerprint(TEXT) != fingerprint(other)
