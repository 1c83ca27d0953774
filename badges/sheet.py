"""Where badges lie on a sheet of A4, and where it is cut."""

from collections.abc import Iterator
from dataclasses import dataclass

from badges.color import BLACK, WHITE
from badges.layout import Layout, LayoutError
from badges.marks import Area, rectangle

_SHORT, _LONG = 210.0, 297.0
_TICK, _SHORTEST, _AWAY, _HAIR, _HALO = 5.0, 3.0, 1.0, 0.15, 0.6


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of A4 with as many badges as it takes, edge to edge and in its middle."""

    width: float
    height: float
    columns: int
    rows: int
    badge: tuple[float, float]

    @property
    def count(self) -> int:
        """Return how many badges it takes."""
        return self.columns * self.rows

    def place(self, number: int, *, back: bool = False) -> tuple[float, float]:
        """Return the corner of a badge; backs are mirrored, to be printed on both sides."""
        row, column = divmod(number, self.columns)
        column = self.columns - 1 - column if back else column
        left, top = self._corner()
        return left + column * self.badge[0], top + row * self.badge[1]

    def cut_marks(self) -> Iterator[Area]:
        """Yield short lines around the badges, haloed so that they are seen on any colour."""
        left, top = self._corner()
        for column in range(self.columns + 1):
            x = left + column * self.badge[0]
            for start, end in _both(_tick(top), self.height):
                yield from _line(x, start, 0, end - start)
        for row in range(self.rows + 1):
            y = top + row * self.badge[1]
            for start, end in _both(_tick(left), self.width):
                yield from _line(start, y, end - start, 0)

    def _corner(self) -> tuple[float, float]:
        across, down = self.badge
        return (self.width - self.columns * across) / 2, (self.height - self.rows * down) / 2


def a4(layout: Layout) -> Sheet:
    """Return the sheet, upright or across, that takes most badges. Raises LayoutError."""
    width, height = layout.page
    sheets = [
        Sheet(across, down, int(across // width), int(down // height), (width, height))
        for across, down in ((_SHORT, _LONG), (_LONG, _SHORT))
    ]
    best = max(sheets, key=lambda sheet: sheet.count)
    if not best.count:
        raise LayoutError(f"Layout {layout.name}: {width:g} × {height:g} mm is larger than A4.")
    return best


def _tick(free: float) -> tuple[float, float]:
    """Return where a cut mark starts and ends, seen from the edge of a sheet with free room.

    It lies outside the badges where there is room for it, and else at the edge of the sheet.
    """
    end = free - _AWAY
    return (max(0.0, end - _TICK), end) if end >= _SHORTEST else (0.0, _SHORTEST)


def _both(tick: tuple[float, float], length: float) -> tuple[tuple[float, float], ...]:
    """Return a tick at this edge and at the other one."""
    start, end = tick
    return tick, (length - end, length - start)


def _line(x: float, y: float, width: float, height: float) -> Iterator[Area]:
    """Yield a thin black line in the middle of a wider white one."""
    for thick, color in ((_HALO, WHITE), (_HAIR, BLACK)):
        across, down = width or thick, height or thick
        yield rectangle(x - (across - width) / 2, y - (down - height) / 2, across, down, color)
