"""From a list of 5,000 to their badges: imported, printed on pages of A6, each code read again."""

import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import pypdfium2
import qrcode
import zxingcpp
from corpus import OPENING, make_agenda
from feed import Row
from openpyxl import load_workbook
from processes import run
from qrcode.constants import ERROR_CORRECT_M

from badges import qr
from badges.code import Unreadable, read, verifies
from event.agenda.rows import store
from event.database import Database, migrate
from event.formats.attendees.writing import written
from event.people.attendees import everyone
from event.people.badge_keys import badge_keys
from event.people.codes import event_uuid
from sync.publish import publish

BADGES, CODES = 5_000, 100
GIVEN = ("Anna", "Wolfgang-Amadeus", "Nguyễn Thị Ánh", "Łukasz", "Αλέξανδρος", "Владимир", "Jo")
SURNAMES = ("Nowak", "Müller-Lüdenscheidt", "Đặng", "Brzęczyszczykiewicz", "Παπαδόπουλος", "O")
ORGANISATIONS = ("", "Podkarpackie Region", "Cluster of Advanced Manufacturing of the Upper Valley")
CATEGORIES = ("delegate", "speaker", "press")
COLUMNS = ("Nr", "Imię", "Nazwisko", "E-mail", "Firma", "Kategoria", "Minor", "Dieta")
COMMAND = ("-m", "api.command", "badges")


def made_up(number: int) -> list[str]:
    """Return a row of a list of attendees."""
    return [
        str(number + 1),
        GIVEN[number % len(GIVEN)],
        SURNAMES[number % len(SURNAMES)],
        f"desk-{number // 3}@example.org",
        ORGANISATIONS[number % len(ORGANISATIONS)],
        CATEGORIES[number % len(CATEGORIES)],
        "yes" if number % 9 == 0 else "no",
        "vegan" if number % 5 == 0 else "",
    ]


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


def imported(home: Path) -> Iterator[Row]:
    """Yield the time of importing a workbook of attendees into the home of an event."""
    home.mkdir()
    db = Database(f"sqlite:///{home / 'eventday.db'}")
    migrate(db)
    publish(db, lambda tx: store(tx, None, make_agenda(60)), at=OPENING, by="organiser/benchmark")
    db.close()
    list_ = home.with_suffix(".xlsx")
    list_.write_bytes(written(".xlsx", [COLUMNS, *map(made_up, range(BADGES))]))
    began = time.perf_counter()
    run("-m", "api.command", "attendees", "import", str(list_), home=home)
    between = time.perf_counter()
    workbook = load_workbook(list_, read_only=True)
    for _ in workbook.active.values:
        pass
    counted = time.perf_counter() - between
    yield Row("people.import", between - began, "s", "value <= 10", reference=counted)


def holders(file: str, event: UUID, keys: dict[int, bytes], start: int, stop: int) -> list[int]:
    """Return whom the codes name that can be read from some pages and verify."""
    document = pypdfium2.PdfDocument(file)
    found = []
    for number in range(start, stop):
        image = document[number].render(scale=2, grayscale=True).to_pil()
        for barcode in zxingcpp.read_barcodes(image):
            try:
                code = read(barcode.text)
            except Unreadable:
                continue
            if verifies(code, event, keys[code.claim.slot]):
                found.append(code.claim.holder)
    return found


def printed(folder: Path) -> Iterator[Row]:
    """Yield what one print takes, and how many attendees have no badge that reads and verifies."""
    home, file = folder / "badges", folder / "badges.pdf"
    yield from imported(home)
    db = Database(f"sqlite:///{home / 'eventday.db'}")
    run(*COMMAND, "slots", home=home)
    began = time.perf_counter()
    run(*COMMAND, "print", str(file), home=home)
    between = time.perf_counter()
    for _ in range(5_000_000):
        pass
    counted = time.perf_counter() - between
    yield Row("badges.print", between - began, "s", "value <= 60", reference=counted)
    yield Row("badges.file", file.stat().st_size / 1e6, "MB", "value <= 40")
    with db.read() as tx:
        wanted = {person.holder for person in everyone(tx)}
        reading = partial(
            holders, str(file), event_uuid(tx), {key.slot: key.raw for key in badge_keys(tx)}
        )
    db.close()
    step = BADGES // (os.cpu_count() or 1) + 1
    starts = range(0, BADGES, step)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        found = pool.map(reading, starts, [min(start + step, BADGES) for start in starts])
        missing = wanted - {holder for some in found for holder in some}
    yield Row("badges.unread", len(missing), "codes", "value <= 0", "0")


def rows(folder: Path) -> Iterator[Row]:
    """Yield every row."""
    yield from codes()
    yield from printed(folder)
