"""Badges as pixels: in colour for phones, in black and white for label printers."""

import math
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from badges import font
from badges.color import WHITE, channels, readable_on
from badges.compose import compose
from badges.face import Face, Occasion
from badges.layout import Layout
from badges.logo import open_logo
from badges.marks import Area, Code, Logo, Mark, Text
from badges.qr import runs

DPI = 300
_DOTS = DPI / 25.4
"""Dots in a millimetre."""

_FINE = 4
"""Steps within a dot that smooth the edges of areas."""

Ink = int | tuple[int, int, int]


def png(face: Face, layout: Layout, occasion: Occasion) -> bytes:
    """Return the front of a badge as a PNG of 300 dots an inch, in colour.

    Raises ValueError for a code or a logo that is none.
    """
    file = BytesIO()
    draw_front(face, layout, occasion, mode="RGB").save(file, "PNG", dpi=(DPI, DPI))
    return file.getvalue()


def draw_front(
    face: Face, layout: Layout, occasion: Occasion, *, mode: Literal["RGB", "1"]
) -> Image.Image:
    """Return the front of a badge; in mode "1" a colour is black when white can be read on it."""
    size = (round(layout.width * _DOTS), round(layout.height * _DOTS))
    image = Image.new(mode, size, _ink(WHITE, mode))
    _draw(image, compose(face, layout, occasion)[0].marks, open_logo(occasion))
    return image


def _draw(image: Image.Image, marks: Iterable[Mark], logo: Image.Image | None) -> None:
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1" if image.mode == "1" else "L"
    for mark in marks:
        match mark:
            case Area(points, color):
                _area(image, points, _ink(color, image.mode))
            case Text():
                ink = _ink(mark.color, image.mode)
                size = mark.size * DPI / 72
                for place, character in font.places(mark.text, bold=mark.bold):
                    where = (round(mark.x * _DOTS + place * size), round(mark.y * _DOTS))
                    draw.text(where, character, ink, _font(size, bold=mark.bold), anchor="ls")
            case Code():
                _code(image, mark)
            case Logo() if logo:
                left, top, width, height = mark.fitted(logo.width / logo.height)
                size_in_dots = (max(1, round(width * _DOTS)), max(1, round(height * _DOTS)))
                small = logo.resize(size_in_dots, Image.Resampling.LANCZOS).convert("RGBA")
                # A pasted picture keeps its transparency as the mask.
                image.paste(small, (round(left * _DOTS), round(top * _DOTS)), small)


def _area(image: Image.Image, points: tuple[tuple[float, float], ...], ink: Ink) -> None:
    """Fill a polygon; in colour its edges are smooth, and one ends where its neighbour begins."""
    fine = 1 if image.mode == "1" else _FINE
    dots = [(x * _DOTS, y * _DOTS) for x, y in points]
    left, top = (math.floor(min(places)) for places in zip(*dots, strict=True))
    right, bottom = (math.ceil(max(places)) for places in zip(*dots, strict=True))
    mask = Image.new("L", ((right - left) * fine, (bottom - top) * fine))
    inner = [(round((x - left) * fine), round((y - top) * fine)) for x, y in dots]
    ImageDraw.Draw(mask).polygon(inner, 255)
    image.paste(ink, (left, top), mask.resize((right - left, bottom - top), Image.Resampling.BOX))


def _code(image: Image.Image, mark: Code) -> None:
    """Draw a code in whole dots."""
    left, top = round(mark.x * _DOTS), round(mark.y * _DOTS)
    black = _ink("#000000", image.mode)
    for x, y, length in runs(mark.modules):
        at, above = left + x * mark.dots, top + y * mark.dots
        image.paste(black, (at, above, at + length * mark.dots, above + mark.dots))


def _ink(color: str, mode: str) -> Ink:
    """Return a colour as Pillow wants it."""
    if mode == "RGB":
        return channels(color)
    return 0 if readable_on(color) == WHITE else 1


@lru_cache(maxsize=64)
def _font(size: float, *, bold: bool) -> ImageFont.FreeTypeFont:
    # Without raqm, which depends on a library of the system, output is equal everywhere.
    return ImageFont.truetype(font.path(bold=bold), size, layout_engine=ImageFont.Layout.BASIC)
