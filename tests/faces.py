"""Faces of badges that try what a layout can bear."""

import random
from io import BytesIO

import pypdfium2
import zxingcpp
from PIL import Image

from badges.face import Face, Occasion

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
OCCASION = Occasion("Clusters Meet Regions", "Rzeszów, 3–4 June 2025")
HARD_NAMES = [
    ("Łukasz", "Brzęczyszczykiewicz"),
    ("İbrahim Çağrı", "Gökoğlu-Şıkdağ"),
    ("Αλέξανδρος", "Παπαδόπουλος"),
    ("Владимир", "Щербаков-Їжакевич"),
    ("Nguyễn Thị Ánh", "Đặng"),
    ("Zoe\u0308", "O’Neill-D'Arcy"),
    ("J", "O"),
    ("Maria", "W" + "olfeschlegelsteinhausenberger" * 2 + "s"),
    ("Wolfgang Maximilian Alexander Ferdinand", "Müller-Lüdenscheidt von und zu Hohenlohe"),
    ("Ana 🎉", "Sky 王"),
    ("", "Mononym"),
    ("Pelé", ""),
]


def a_code(number: int) -> str:
    """Return text of the shape of an EB1 code, another for each number."""
    return "E" + "".join(random.Random(number).choices(ALPHABET, k=121))  # noqa: S311


def a_face(number: int = 1, **values: object) -> Face:
    """Return a face; each number has its own code and names."""
    given, surname = HARD_NAMES[number % len(HARD_NAMES)]
    given_values: dict[str, object] = {
        "code": a_code(number),
        "short_code": f"{number:08d}",
        "given_name": given,
        "surname": surname,
        "organisation": "Cluster of Advanced Manufacturing and Robotics" if number % 3 else "",
        "position": "Deputy Head of the Department of International Relations",
        "category": ("Delegate", "Speaker", "Very Important Person from Abroad")[number % 3],
        "color": ("#0b5394", "#ffd54f", "#6a1b9a")[number % 3],
        "box_slot": f"C-{number}",
        "country": "Poland",
        "photo": number % 2 == 0,
    }
    return Face(**(given_values | values))  # type: ignore[arg-type]


def a_logo(size: tuple[int, int] = (120, 40)) -> bytes:
    """Return a green PNG."""
    file = BytesIO()
    Image.new("RGB", size, (0, 128, 0)).save(file, "PNG")
    return file.getvalue()


def pages(pdf: bytes, *, scale: float = 3) -> list[Image.Image]:
    """Return the pages of a PDF as an independent reader draws them."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=scale).to_pil() for page in document]


def sizes(pdf: bytes) -> list[tuple[float, float]]:
    """Return the pages' sizes in millimetres."""
    document = pypdfium2.PdfDocument(pdf)
    return [tuple(round(side / 72 * 25.4, 2) for side in page.get_size()) for page in document]


def texts(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def codes(image: Image.Image) -> list[str]:
    """Return the codes that a reader finds, from left to right in rows."""
    found = zxingcpp.read_barcodes(image)
    places = [
        (code.position.top_left.y // 50, code.position.top_left.x, code.text) for code in found
    ]
    return [text for *_, text in sorted(places)]
