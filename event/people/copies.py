"""Files that hold a person, or may: what to look for before somebody is erased."""

import bz2
import gzip
import html
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from event.people.model import Attendee
from event.text import fold

MOST = 2**28
"""Bytes of a file, unpacked, that are looked at; a larger one is sealed."""
_DEEPEST = 3
"""Packages in packages that are opened."""
_CHUNK, _OVERLAP = 2**20, 2**10
"""Bytes that are read as text at once, and those of the next ones that are read with them."""
_TELLING = 6
"""Characters from which an external id is no number that stands anywhere."""

_DATABASES = (b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"\xd9\xd5\x05\xf9")
"""How a database begins, its write-ahead log and its journal: they hold texts as they are."""
_PACKED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_DRAWN = re.compile(rb"%PDF-|%!PS|<svg|\{\\rtf|(?i:transfer-encoding:|;encoding=)")
"""What looks like text but draws names as shapes, or spells letters in a way of its own."""
_CONTROLS = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f]")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG, _WORD = re.compile("<[^<>]*>"), re.compile(r"\w+")
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
"""What unpacking raises; encrypted members of a ZIP are a RuntimeError."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that holds a person, or one that is `sealed`: nobody can tell what it holds."""

    path: Path
    sealed: bool


def copies_of(person: Attendee, home: Path, *, but: Collection[Path] = ()) -> list[Copy]:
    """Return the files in a folder, all the way down, that hold a person or are sealed, by path.

    A person is known by guid, e-mail address, a long external id, or all words of their name,
    however these are spelt and wherever they stand in a file. XLSX and other ZIP, gzip, bzip2 and
    xz are opened. Pictures and PDF are sealed, and all else that is no text. `but` are resolved
    paths that are left out.
    """
    found = []
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.resolve() not in but:
            look = _Look(person)
            look.at(str(path.relative_to(home)))
            is_sealed = not _is_searched(path, look)
            if look.found or is_sealed:
                found.append(Copy(path, sealed=not look.found))
    return found


class _Look:
    """What is looked for in one file, what of a name is left to find, and how much may be read."""

    def __init__(self, person: Attendee) -> None:
        number = person.external_id or ""
        texts = (person.guid, person.email, number if len(number) >= _TELLING else "")
        self.texts = [fold(text) for text in texts if text]
        self.words = set(_WORD.findall(fold(f"{person.given_name} {person.surname}")))
        self.left = {"": set(self.words)}
        self.room = MOST
        self.found = False

    def at(self, text: str, reading: str = "") -> None:
        """Look at a text; the words of a name may stand in several of one reading."""
        folded = fold(text)
        left = self.left.setdefault(reading, set(self.words))
        left -= set(_WORD.findall(folded))
        is_named = bool(self.words) and not left
        self.found = self.found or is_named or any(each in folded for each in self.texts)

    def take(self, file: IO[bytes]) -> bytes:
        """Return what a file holds. Raises OSError for more than may be read."""
        data = file.read(self.room + 1)
        if len(data) > self.room:
            raise OSError("too much to look at")
        self.room -= len(data)
        return data


def _is_searched(path: Path, look: _Look) -> bool:
    """Look at all of a file; say whether that was possible."""
    try:
        with path.open("rb") as file:
            return _is_read(look.take(file), look)
    except FileNotFoundError:
        return True  # a server at work replaces files
    except _DAMAGED:
        return False


def _is_read(data: bytes, look: _Look, depth: int = 0) -> bool:
    if data.startswith(_DATABASES):
        _read(data, "utf-8", look)
        return True
    file = io.BytesIO(data)
    if data.startswith(b"PK") and zipfile.is_zipfile(file):
        return depth < _DEEPEST and _is_unpacked(file, look, depth + 1)
    for magic, opener in _PACKED.items():
        if data.startswith(magic):
            return depth < _DEEPEST and _is_read(look.take(opener(file)), look, depth + 1)
    encodings = _encodings(data)
    for encoding in encodings:
        _read(data, encoding, look)
    return bool(encodings)


def _is_unpacked(file: IO[bytes], look: _Look, depth: int) -> bool:
    """Look at each member of a ZIP; what follows one that is sealed may yet hold the person."""
    is_searched = True
    with zipfile.ZipFile(file) as package:
        for member in package.infolist():
            look.at(member.filename)
            with package.open(member) as inner:
                is_searched &= _is_read(look.take(inner), look, depth)
    return is_searched


def _encodings(data: bytes) -> tuple[str, ...]:
    """Return in which encodings data are to be read, none when they are no text."""
    if _DRAWN.search(data):
        return ()
    encodings: tuple[str, ...] = ("cp1250", "cp1252", "iso8859-2")
    if data.startswith(b"\xff\xfe") or data[1:2] == b"\0":
        encodings = ("utf-16-le",)
    elif data.startswith((b"\xfe\xff", b"\0")):
        encodings = ("utf-16-be",)
    else:
        with suppress(UnicodeDecodeError):
            data.decode()
            encodings = ("utf-8",)
    return () if _CONTROLS.search(data.decode(encodings[0], "replace")) else encodings


def _read(data: bytes, encoding: str, look: _Look) -> None:
    for start in range(0, len(data), _CHUNK):
        if look.found:
            return
        for text in _spellings(data[start : start + _CHUNK + _OVERLAP].decode(encoding, "replace")):
            look.at(text, encoding)


def _spellings(text: str) -> Iterator[str]:
    """Yield a text as it is, and as JSON, HTML and XML mean it."""
    yield text
    if "\\u" in text:
        yield _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if "<" in text or "&" in text:
        yield html.unescape(text)
        yield html.unescape(_TAG.sub("", text))
