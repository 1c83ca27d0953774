"""QR codes (ISO/IEC 18004) as matrices and pictures."""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_ALPHA_NUM, QRData

Matrix = tuple[tuple[bool, ...], ...]
"""Rows of modules, dark ones True, without the quiet zone."""

QUIET = 4
"""Light modules that a reader needs around a code."""

_CODE = re.compile(r"[A-Z2-7]{122}")
_VERSION, _MASK = 5, 2


def matrix(code: str) -> Matrix:
    """Return the 37 rows of a badge's code: version 5, correction M, alphanumeric.

    The mask is fixed, which any reader takes: to try all eight takes five times as long. Raises
    ValueError when `code` is not 122 characters of base32.
    """
    if not _CODE.fullmatch(code):
        raise ValueError("The code of a badge has 122 characters of upper-case base32.")
    made = qrcode.QRCode(
        version=_VERSION, error_correction=ERROR_CORRECT_M, mask_pattern=_MASK, border=0
    )
    made.add_data(QRData(code.encode(), mode=MODE_ALPHA_NUM, check_data=False))
    made.make(fit=False)
    return tuple(tuple(map(bool, row)) for row in made.modules)


def of_text(text: str) -> Matrix:
    """Return the modules of any text, such as a link, at correction M, as small as it goes."""
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    made.add_data(text)
    made.make(fit=True)
    return tuple(tuple(map(bool, row)) for row in made.modules)


def runs(modules: Matrix) -> Iterator[tuple[int, int, int]]:
    """Yield the dark parts of each row: left module, row, number of modules."""
    for y, row in enumerate(modules):
        x = 0
        for dark, same in groupby(row):
            length = sum(1 for _ in same)
            if dark:
                yield x, y, length
            x += length


def png(modules: Matrix | str, *, dots: int = 6, quiet: int = QUIET) -> bytes:
    """Return a code, or any text as one, as a PNG of one bit a dot, so many dots a module."""
    modules = of_text(modules) if isinstance(modules, str) else modules
    side = len(modules) + 2 * quiet
    picture = Image.new("1", (side, side), 1)
    for x, y, length in runs(modules):
        picture.paste(0, (x + quiet, y + quiet, x + quiet + length, y + quiet + 1))
    file = BytesIO()
    picture.resize((side * dots, side * dots), Image.Resampling.NEAREST).save(
        file, "PNG", optimize=True
    )
    return file.getvalue()


def svg(modules: Matrix | str, *, quiet: int = QUIET) -> str:
    """Return a code, or any text as one, as an SVG of one path, a unit a module."""
    modules = of_text(modules) if isinstance(modules, str) else modules
    side = len(modules) + 2 * quiet
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-quiet} {-quiet} {side} {side}">'
        f'<path fill="#fff" d="M{-quiet} {-quiet}h{side}v{side}h-{side}z"/>'
        f'<path d="{outline(modules)}" shape-rendering="crispEdges"/></svg>'
    )


def outline(modules: Matrix) -> str:
    """Return the dark modules as the data of an SVG path, a unit a module."""
    return "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in runs(modules))


def terminal(text: str) -> str:
    """Return a QR code as lines of half blocks for a terminal.

    Light modules are drawn and dark ones left out, because most terminals are dark; a quiet zone
    of two modules suffices there.
    """
    border = 2
    code = of_text(text)
    side = (False,) * border
    edge = ((False,) * (len(code) + 2 * border),) * border
    rows = [*edge, *(side + row + side for row in code), *edge]
    if len(rows) % 2:
        rows.append(edge[0])
    blocks = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return "\n".join(
        "".join(blocks[upper, lower] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )
