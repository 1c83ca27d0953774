"""What painters draw: areas, text, codes and a logo, in millimetres from the upper left corner."""

import math
from dataclasses import dataclass

from badges.color import WHITE
from badges.layout import Align, Valign
from badges.qr import Matrix

Point = tuple[float, float]

_GREY, _RED = "#3c4043", "#c5221f"
_SHARE = {"left": 0.0, "center": 0.5, "right": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    points: tuple[Point, ...]
    color: str


@dataclass(frozen=True, slots=True)
class Text:
    """A line of drawable text; `y` is its baseline, `size` in points."""

    x: float
    y: float
    text: str
    size: float
    bold: bool
    color: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code's dark modules, without its quiet zone, each so many 300-dpi dots wide."""

    x: float
    y: float
    dots: int
    modules: Matrix


@dataclass(frozen=True, slots=True)
class Logo:
    """The place of the event's logo, which is as large as it fits and never distorted."""

    x: float
    y: float
    width: float
    height: float
    align: Align
    valign: Valign

    def fitted(self, ratio: float) -> tuple[float, float, float, float]:
        """Return x, y, width and height for a picture with this ratio of width to height."""
        width = min(self.width, self.height * ratio)
        height = width / ratio
        x = self.x + (self.width - width) * share(self.align)
        return x, self.y + (self.height - height) * share(self.valign), width, height


Mark = Area | Text | Code | Logo


def share(side: Align | Valign) -> float:
    """Return which part of the spare room lies before what is aligned so."""
    return _SHARE[side]


def rectangle(x: float, y: float, width: float, height: float, color: str) -> Area:
    """Return a filled rectangle."""
    right, bottom = x + width, y + height
    return Area(((x, y), (right, y), (right, bottom), (x, bottom)), color)


def no_photo(x: float, y: float, side: float) -> list[Area]:
    """Return a crossed camera in a square: please take no pictures of this person."""
    shapes: list[tuple[list[Point], str]] = [
        ([(0.30, 0.30), (0.38, 0.16), (0.62, 0.16), (0.70, 0.30)], _GREY),
        (_rounded(0.02, 0.28, 0.98, 0.88, 0.09), _GREY),
        (_arc(0.5, 0.58, 0.20, 0, 360), WHITE),
        (_arc(0.5, 0.58, 0.13, 0, 360), _GREY),
        (_bar((0.08, 0.06), (0.92, 0.98), 0.085), WHITE),
        (_bar((0.05, 0.03), (0.95, 1.0), 0.045), _RED),
    ]
    return [
        Area(tuple((x + side * across, y + side * down) for across, down in points), color)
        for points, color in shapes
    ]


def _arc(x: float, y: float, radius: float, start: int, end: int) -> list[Point]:
    """Return points along an arc, clockwise, in degrees from the right."""
    step = 15 if end - start < 360 else 10
    angles = [math.radians(angle) for angle in range(start, end + step, step)]
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]


def _rounded(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    """Return a rectangle with round corners."""
    inner = [(right, bottom), (left, bottom), (left, top), (right, top)]
    signs = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return [
        point
        for (x, y), (across, down), start in zip(inner, signs, range(0, 360, 90), strict=True)
        for point in _arc(x + across * radius, y + down * radius, radius, start, start + 90)
    ]


def _bar(start: Point, end: Point, half: float) -> list[Point]:
    """Return a straight bar twice as thick as `half`."""
    (x1, y1), (x2, y2) = start, end
    length = math.hypot(x2 - x1, y2 - y1)
    across, down = half * (y2 - y1) / length, half * (x1 - x2) / length
    return [
        (x1 + across, y1 + down), (x2 + across, y2 + down),
        (x2 - across, y2 - down), (x1 - across, y1 - down),
    ]  # fmt: skip
