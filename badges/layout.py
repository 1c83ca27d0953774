"""What a badge looks like: a page and boxes on it, as a layout file says it.

Lengths are millimetres from the upper left corner, sizes of type are points.
"""

from dataclasses import dataclass
from typing import Literal

from badges.fit import LEAST
from badges.font import LEADING
from badges.qr import QUIET

DOT = 25.4 / 300
"""A dot of a 300-dpi printer in millimetres."""
POINT = 25.4 / 72
"""A point in millimetres."""
MODULES = 37
"""Modules along a side of a badge's code."""
PADDING = 1.5
"""Millimetres between the edge of a filled box and its texts."""
CATEGORY = "category"
"""The colour of the face's category, where a fill names it."""

Draw = Literal["text", "qr", "photo", "logo"]
Align = Literal["left", "center", "right"]
Valign = Literal["top", "middle", "bottom"]


class LayoutError(ValueError):
    """A layout cannot be used; the sentence names the key and what it must be."""


@dataclass(frozen=True, slots=True)
class Line:
    """One text of a box: fields joined by a middle dot, on up to so many lines.

    `gap` is the room above it when another text stands there. `color` is None for black or white,
    whichever can be read on the fill.
    """

    fields: tuple[str, ...]
    size: float
    bold: bool
    color: str | None
    lines: int
    gap: float

    @property
    def least_height(self) -> float:
        """Return the height it may need after shrinking."""
        return self.gap + self.lines * self.size * LEAST * LEADING * POINT


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a side: its texts one below the other, or a picture.

    `ground` is the fill of the box that it lies on.
    """

    draw: Draw
    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    align: Align = "left"
    valign: Valign = "top"
    text: tuple[Line, ...] = ()
    dots: int = 6
    ground: str | None = None

    def overlaps(self, other: "Box") -> bool:
        """Say whether the two share more than an edge."""
        hair = 0.01
        return (
            self.x + self.width > other.x + hair
            and other.x + other.width > self.x + hair
            and self.y + self.height > other.y + hair
            and other.y + other.height > self.y + hair
        )

    def lies_on(self, other: "Box") -> bool:
        """Say whether it lies within a fill without texts."""
        hair = 0.01
        return (
            other.fill is not None
            and not other.text
            and self.x >= other.x - hair
            and self.y >= other.y - hair
            and self.x + self.width <= other.x + other.width + hair
            and self.y + self.height <= other.y + other.height + hair
        )

    @property
    def padding(self) -> float:
        """Return the room that its texts keep from its edges."""
        return PADDING if self.fill else 0.0

    @property
    def least_height(self) -> float:
        """Return the height that it needs when all its texts are as long as they may be."""
        return sum(line.least_height for line in self.text) + 2 * self.padding


@dataclass(frozen=True, slots=True)
class Layout:
    """A badge's size and what stands on each side; `fold` puts both on one page of double width.

    Nothing but a fill comes nearer to the edge than `margin`; its texts keep it left and right.
    """

    name: str
    width: float
    height: float
    margin: float
    fold: bool
    front: tuple[Box, ...]
    back: tuple[Box, ...] = ()

    def span(self, box: Box) -> tuple[float, float]:
        """Return where the texts of a box begin and how wide they may be."""
        left = max(box.x + box.padding, self.margin)
        right = min(box.x + box.width - box.padding, self.width - self.margin)
        return left, right - left

    @property
    def page(self) -> tuple[float, float]:
        """Return the width and height of a page in millimetres."""
        return self.width * (2 if self.fold else 1), self.height


def qr_side(dots: int) -> float:
    """Return the side of a badge's code with its quiet zone, in millimetres."""
    return (MODULES + 2 * QUIET) * dots * DOT
