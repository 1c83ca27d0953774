"""Files in which somebody stands, of every kind that an organiser may have lying about."""

import bz2
import gzip
import html
import io
import json
import lzma
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pypdfium2
from faces import OCCASION, a_face
from openpyxl import Workbook

from badges import label, pdf, picture, svg
from badges.layout_file import load
from event.people.model import Attendee


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return file.getvalue()


def spreadsheet(*rows: tuple[str, ...]) -> bytes:
    file, book = io.BytesIO(), Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def database(folder: Path, text: str, *, is_open: bool) -> bytes:
    """Return a database, or the log beside one that is open."""
    with closing(sqlite3.connect(folder / "planted.db")) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (x)")
        db.execute("INSERT INTO t VALUES (?)", (text,))
        db.commit()
        log = (folder / "planted.db-wal").read_bytes()
    content = (folder / "planted.db").read_bytes()
    (folder / "planted.db").unlink()
    return log if is_open else content


def searchable(person: Attendee, folder: Path) -> dict[str, bytes]:
    """Return files by name that hold a person so that a program can tell."""
    line = f"7;{person.surname};{person.given_name};DE\n"
    face = a_face(3, given_name=person.given_name, surname=person.surname)
    bold = f"<b>{person.surname[:2]}</b>{person.surname[2:]} {person.given_name}"
    packed = zipped(list=line.encode())
    return {
        "people.csv": f"name\n{line}".encode(),
        "old/people-1250.csv": line.replace("Å", "A").replace("ï", "i").encode("cp1250"),
        "people-16.csv": ("x;y\n" + line).encode("utf-16"),
        "loud.txt": f"{person.surname.upper()}, {person.given_name.lower()}".encode(),
        "links.csv": f"x,{person.email},y\n".encode(),
        ".hidden": person.guid.encode(),
        "paid.csv": f"{person.external_id};120,00\n".encode(),
        "person.json": json.dumps({"n": [person.given_name, person.surname]}).encode(),
        "mail.html": html.escape(line).encode("ascii", "xmlcharrefreplace"),
        "bold.html": bold.encode(),
        "people.xlsx": spreadsheet(("a", person.given_name), ("b", "c"), (person.surname, "")),
        "people.zip": packed,
        "twice.zip": zipped(inner=packed),
        "people.csv.gz": gzip.compress(line.encode()),
        "people.csv.bz2": bz2.compress(line.encode()),
        "people.csv.xz": lzma.compress(line.encode()),
        "before-restore-1-1-1.db": database(folder, line, is_open=False),
        ".cut-off.db-wal": database(folder, line, is_open=True),
        f"{face.surname} {face.given_name}.txt": b"",
    }


def sealed(person: Attendee) -> dict[str, bytes]:
    """Return files by name of which no program can tell that they hold a person."""
    face = a_face(3, given_name=person.given_name, surname=person.surname)
    line = f"7;{person.surname};{person.given_name}\n".encode()
    return {
        "badges.pdf": pdf.render([face], load("a6"), OCCASION),
        "badge.svg": svg.svg(face, load("phone"), OCCASION).encode(),
        "badge.png": picture.png(face, load("phone"), OCCASION),
        "labels.pdf": label.pdf([face], load("label-62"), OCCASION),
        "packed-badges.zip": zipped(x=pdf.render([face], load("a7"), OCCASION)),
        "cut.csv.gz": gzip.compress(line)[:-9],
        "deep.zip": zipped(a=zipped(b=zipped(c=zipped(d=line)))),
        "unknown.7z": b"7z\xbc\xaf\x27\x1c\0\4" + line,
        "mail.eml": b"Content-Transfer-Encoding: quoted-printable\n\n=C5=81o=C5=9B",
    }


def contents(data: bytes) -> Iterator[bytes]:
    """Yield what a file holds, and what is packed in it."""
    yield data
    file = io.BytesIO(data)
    if data.startswith(b"%PDF"):
        for page in pypdfium2.PdfDocument(data):
            yield page.get_textpage().get_text_range().encode()
    elif zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as package:
            for name in package.namelist():
                yield from contents(package.read(name))
    for magic, unpack in ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ", lzma)):
        if data.startswith(magic):
            yield from contents(unpack.decompress(data))
