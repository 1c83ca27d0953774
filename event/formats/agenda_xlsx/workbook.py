"""Opens an XLSX workbook of unknown origin: no bombs, no entities, no formulas taken for values."""

import contextlib
import io
import warnings
import zipfile
from datetime import datetime
from typing import Any, NoReturn
from xml.parsers import expat

from openpyxl import load_workbook

from event.errors import Invalid
from event.formats.imported import MAX_BYTES

MAX_UNPACKED = 200_000_000
MAX_TAGS = 4_000_000
"""XML tags of all sheets together; a session takes about two hundred."""

MAX_ROWS, MAX_COLUMNS = 2**20, 500

Cell = tuple[Any, str]
"""A cell's value and openpyxl's letter for its type: f is a formula, e an error."""

Sheet = list[tuple[int, list[Cell]]]
"""The rows that are not empty, with their numbers."""


def open_sheets(data: bytes) -> tuple[dict[str, Sheet], datetime]:
    """Return the rows of each sheet by the sheet's name, and the day that dates count from.

    Raises Invalid for what is no XLSX workbook (ECMA-376) or more than an agenda needs.
    """
    if len(data) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES // 1_000_000} MB; is it the right file?")
    try:
        _refuse_bombs(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            sheets = {sheet.title: _rows(sheet) for sheet in workbook.worksheets}
            workbook.close()
    except Invalid:
        raise
    except Exception:  # noqa: BLE001 -- openpyxl answers a broken workbook with any error at all
        raise Invalid(
            "The file is no XLSX workbook, or a damaged or protected one; open it in a spreadsheet "
            "program and save it again as .xlsx without a password."
        ) from None
    return sheets, workbook.epoch


def _rows(sheet: Any) -> Sheet:
    # What a sheet says of its own size may be anything.
    sheet.reset_dimensions()
    rows: Sheet = []
    gap = None
    for number, cells in enumerate(sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS), 1):
        if cells is gap:
            continue
        if any(cell.value is not None for cell in cells):
            rows.append((number, [(cell.value, cell.data_type) for cell in cells]))
        else:
            # openpyxl gives the same row again for all that a gap leaps over.
            gap = cells
    return rows


def _refuse_bombs(data: bytes) -> None:
    """Raise Invalid for a workbook that would unpack or parse into more than any agenda.

    openpyxl parses sheets with the standard library's iterparse, which expands entities. No XLSX
    has a document type, so a parser that stops at one looks at every member first.
    """
    too_large = Invalid("The workbook unpacks into more than any agenda or list; is it one?")

    def no_document_type(*_: object) -> NoReturn:
        raise Invalid("The workbook declares a document type, which no spreadsheet program does.")

    def known_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
        # In any of these a tag begins with the byte of "<", so that counting works.
        if (encoding or "utf-8").lower() not in ("utf-8", "utf-16"):
            raise Invalid("The workbook is not in UTF-8; save it again as .xlsx.")

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > MAX_UNPACKED:
            raise too_large
        tags = 0
        for member in members:
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Invalid("The workbook is packed in an unusual way; save it again as .xlsx.")
            content = archive.read(member)
            tags += content.count(b"<")
            if tags > MAX_TAGS:
                raise too_large
            parser = expat.ParserCreate()
            parser.StartDoctypeDeclHandler = no_document_type
            parser.XmlDeclHandler = known_encoding
            with contextlib.suppress(expat.ExpatError, ValueError, LookupError):
                # What is no XML is a picture, or something that openpyxl will stumble over.
                parser.Parse(content, True)
