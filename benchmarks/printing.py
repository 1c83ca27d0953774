"""What printing badges takes: 5,000 on A6, and each code read again from its page."""

import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pypdfium2
import qrcode
import zxingcpp
from feed import Row
from qrcode.constants import ERROR_CORRECT_M

from badges import qr
from badges.face import Face, Occasion
from badges.layout_file import load
from badges.pdf import render

BADGES, CODES = 5_000, 100
GIVEN = ("Anna", "Wolfgang-Amadeus", "Nguyễn Thị Ánh", "Łukasz", "Αλέξανδρος", "Владимир", "Jo")
SURNAMES = ("Nowak", "Müller-Lüdenscheidt", "Đặng", "Brzęczyszczykiewicz", "Παπαδόπουλος", "O")
ORGANISATIONS = ("", "Podkarpackie Region", "Cluster of Advanced Manufacturing of the Upper Valley")
CATEGORIES = (("Delegate", "#0b5394"), ("Speaker", "#ffd54f"), ("Press", "#b71c1c"))


def made_up(number: int) -> Face:
    """Return a face with a code of its own."""
    category, color = CATEGORIES[number % len(CATEGORIES)]
    return Face(
        code=code(number),
        short_code=f"{number:08d}",
        given_name=GIVEN[number % len(GIVEN)],
        surname=SURNAMES[number % len(SURNAMES)],
        organisation=ORGANISATIONS[number % len(ORGANISATIONS)],
        category=category,
        color=color,
        box_slot=f"{chr(65 + number // 400)}-{number % 400}",
        photo=number % 9 > 0,
    )


def code(number: int) -> str:
    """Return a text of the shape of a badge's code that differs much from its neighbours."""
    mixed = pow(number + 2, 0x10001, 2**607 - 1)
    return "E" + "".join(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[mixed >> 5 * n & 31] for n in range(121)
    )


def codes() -> Iterator[Row]:
    """Yield the time of one code, against one whose mask is searched for."""
    subject, reference = [], []
    for number in range(CODES):
        text = code(number)
        began = time.perf_counter()
        qr.matrix(text)
        between = time.perf_counter()
        searched = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
        searched.add_data(text)
        searched.make(fit=True)
        subject.append(between - began)
        reference.append(time.perf_counter() - between)
    middle, longer = (statistics.median(found) * 1000 for found in (subject, reference))
    yield Row("badges.code", middle, "ms", "ratio <= 0.5", reference=longer)


def unread(file: str, start: int, stop: int) -> int:
    """Return how many pages of a PDF show another code than theirs, or none."""
    document = pypdfium2.PdfDocument(file)
    wrong = 0
    for number in range(start, stop):
        image = document[number].render(scale=2, grayscale=True).to_pil()
        found = [barcode.text for barcode in zxingcpp.read_barcodes(image)]
        wrong += found != [code(number)]
    return wrong


def printed(folder: Path) -> Iterator[Row]:
    """Yield what one print takes, and how many of its codes a reader cannot read."""
    faces = [made_up(number) for number in range(BADGES)]
    began = time.perf_counter()
    content = render(faces, load("a6"), Occasion("Clusters Meet Regions", "Rzeszów, 3–4 June 2025"))
    between = time.perf_counter()
    for _ in range(5_000_000):
        pass
    counted = time.perf_counter() - between
    yield Row("badges.print", between - began, "s", "value <= 60", reference=counted)
    yield Row("badges.file", len(content) / 1e6, "MB", "value <= 40")
    file = folder / "badges.pdf"
    file.write_bytes(content)
    step = BADGES // (os.cpu_count() or 1) + 1
    starts = range(0, BADGES, step)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        stops = [min(start + step, BADGES) for start in starts]
        wrong = sum(pool.map(unread, [str(file)] * len(stops), starts, stops))
    yield Row("badges.unread", wrong, "codes", "value <= 0", "0")


def rows(folder: Path) -> Iterator[Row]:
    """Yield every row."""
    yield from codes()
    yield from printed(folder)
