"""How a text is made to fit a width: smaller, then in two lines, then cut."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from badges.font import width as ems

LEAST = 0.6
"""How far a text may shrink, as a part of its size."""
_LONGEST = 200
"""Characters; nobody reads more on a badge, and a name of a megabyte must not stop a print."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines of one size that fit; `cut` when they end in an ellipsis."""

    lines: tuple[str, ...]
    size: float
    cut: bool = False


def fit(
    text: str, room: float, *, size: float, least: float, lines: int = 1, bold: bool = False
) -> Fitted:
    """Fit drawable text of one or two `lines` into the width `room`, between two sizes.

    It shrinks down to `least`, then breaks at a space or after a hyphen, and at last is cut. Room
    and sizes are in one unit.
    """
    if len(text) > _LONGEST:
        start = text[: _LONGEST - 1].rstrip() + "…"
        fitted = fit(start, room, size=size, least=least, lines=lines, bold=bold)
        return replace(fitted, cut=True)
    whole = ems(text, bold=bold)
    if whole * least <= room:
        return Fitted((text,), _size(whole, room, size))
    breaks = list(_breaks(text)) if lines > 1 else []
    if breaks:
        broken = min(breaks, key=lambda pair: max(ems(line, bold=bold) for line in pair))
        longest = max(ems(line, bold=bold) for line in broken)
        if longest * least <= room:
            return Fitted(broken, _size(longest, room, size))
    for first, second in reversed(breaks):
        if ems(first, bold=bold) * least <= room:
            return Fitted((first, _cut(second, room / least, bold=bold)), least, cut=True)
    return Fitted((_cut(text, room / least, bold=bold),), least, cut=True)


def _size(length: float, room: float, size: float) -> float:
    """Return the largest size, up to `size`, at which so many ems fit."""
    return min(size, room / length) if length else size


def _breaks(text: str) -> Iterator[tuple[str, str]]:
    """Yield both lines for each place where `text` may break."""
    for index, character in enumerate(text[:-1], start=1):
        if character == " ":
            yield text[: index - 1], text[index:]
        elif character in "-‐–" and index > 1 and text[index] != " ":
            yield text[:index], text[index:]


def _cut(text: str, room: float, *, bold: bool) -> str:
    """Return as much of `text` as fits, with an ellipsis when that is not all.

    It ends with a whole word when that leaves half of it or more.
    """
    if ems(text, bold=bold) <= room:
        return text
    lengths = range(1, len(text))
    kept = bisect_right(lengths, room, key=lambda length: ems(text[:length] + "…", bold=bold))
    start = text[:kept]
    words = start if text[kept] == " " else start.rpartition(" ")[0]
    return (words if len(words) * 2 >= kept else start).rstrip(" -‐–'’") + "…"
