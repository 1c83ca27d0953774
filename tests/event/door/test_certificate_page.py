"""A certificate on paper: its QR code leads to what it says, names and words are all there."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from badges.certificate import Certificate, Visited, read, sign, verified
from badges.face import Occasion
from event.door.certificate_page import render, undrawn

EVENT = UUID(int=7)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
ADDRESS = "https://event.example.org/2025/verify"
LONG = "A title of a session that goes on and on, for it is also its own abstract, and then some"
FULL = Certificate(
    name="Zofia Brzęczyszczykiewicz-Łoś",
    event={"en": "Demo event", "pl": "Wydarzenie demo"},
    organiser={"en": "Region " * 30, "pl": "Województwo"},
    place="Rzeszów",
    first=date(2025, 6, 3),
    last=date(2025, 6, 6),
    days=(date(2025, 6, 3), date(2025, 6, 4), date(2025, 6, 6)),
    sessions=tuple(Visited(datetime(2025, 6, 3, 8 + n), 45, f"{n} {LONG}") for n in range(10)),
    more=3,
    minutes=600,
    issued=date(2025, 6, 6),
)
SMALL = replace(FULL, organiser={}, place="", sessions=(), more=0, minutes=0, days=FULL.days[:1])
OTHER = replace(SMALL, name="李 Wei", event={"de": "Messe"})


@pytest.fixture(scope="module")
def pdf() -> pypdfium2.PdfDocument:
    found = [(one, sign(one, EVENT, 0, KEY)) for one in (FULL, SMALL, OTHER)]
    return pypdfium2.PdfDocument(render(found, Occasion("Demo event"), address=ADDRESS))


@pytest.mark.parametrize("number", range(3))
def test_the_code_on_the_page_says_what_the_page_says(
    pdf: pypdfium2.PdfDocument, number: int
) -> None:
    picture = pdf[number].render(scale=200 / 72).to_pil()
    (found,) = zxingcpp.read_barcodes(picture)
    address, _, code = found.text.partition("#")
    assert address == ADDRESS
    assert verified(read(code), EVENT, PUBLIC) == (FULL, SMALL, OTHER)[number]


def test_it_is_in_english_and_polish_with_all_that_was_attended(
    pdf: pypdfium2.PdfDocument,
) -> None:
    text = pdf[0].get_textpage().get_text_bounded().replace("\r\n", "\n")
    for words in (
        "Certificate of Attendance", "Zaświadczenie o uczestnictwie",
        "Zofia Brzęczyszczykiewicz-Łoś", "Demo event", "Wydarzenie demo",
        "Rzeszów · 3–6 June 2025 / 3–6 czerwca 2025",
        "3–4 June 2025, 6 June 2025 / 3–4 czerwca 2025, 6 czerwca 2025",
        "13 · 10 h", "9 A title", "+ 3 more · oraz inne: 3", "Województwo",
        "Issued · Wystawiono: 6 June 2025 / 6 czerwca 2025", ADDRESS,
    ):  # fmt: skip
        # A PDF keeps words; kerning makes runs of them.
        assert words.replace(" ", "") in "".join(text.split()), words


def test_what_is_not_known_is_not_mentioned(pdf: pypdfium2.PdfDocument) -> None:
    text = pdf[1].get_textpage().get_text_bounded()
    for words in ("Sessions", "Organiser", "more", " · 3"):
        assert words not in text


def test_a_name_the_font_lacks_is_left_for_a_pen(pdf: pypdfium2.PdfDocument) -> None:
    assert (undrawn(OTHER), undrawn(FULL)) == (["李"], [])
    text = pdf[2].get_textpage().get_text_bounded()
    assert "Wei" not in text
    assert "Messe" in text


def test_everything_stays_on_its_page(pdf: pypdfium2.PdfDocument) -> None:
    for page in pdf:
        for part in page.get_objects():
            left, bottom, right, top = part.get_bounds()
            assert left >= 28
            assert bottom >= 28
            assert right <= page.get_width() - 28
            assert top <= page.get_height() - 28


def test_the_same_gives_the_same_bytes() -> None:
    found = [(FULL, sign(FULL, EVENT, 0, KEY))]
    one, two = (render(found, Occasion("Demo event"), address=ADDRESS) for _ in range(2))
    assert one == two
