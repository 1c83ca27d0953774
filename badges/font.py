"""The font of badges: which characters it has, how wide a text is, and where pairs are kerned.

Noto Sans, cut to Latin, Greek and Cyrillic (badges/fonts/README.md). Painters draw the same pieces
at the same places, so that a PDF, a PNG and a label agree.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "fonts"
UNITS = 1000
"""Units of the font in an em."""
ASCENT, LEADING = 0.87, 1.16
"""Ems from a line's upper edge to its baseline, and to its lower edge."""
CAPITAL = 0.714
"""Ems from the baseline to the top of an H."""

Glyphs = dict[str, str]
Kerning = dict[tuple[str, str], int]


def path(*, bold: bool) -> Path:
    """Return the font's file."""
    return FOLDER / ("NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf")


def clean(text: str) -> tuple[str, list[str]]:
    """Return `text` as it can be drawn, and the characters that had to be left out.

    It is composed (NFC) first. Accents that have no composed letter, and what the font lacks, are
    left out; so are characters that show nothing, without being listed. White space is one space.
    """
    glyphs, _, _ = _tables(bold=False)
    drawn: list[str] = []
    missing: list[str] = []
    for character in " ".join(unicodedata.normalize("NFC", text).split()):
        if not _invisible(character):
            (drawn if character in glyphs else missing).append(character)
    return " ".join("".join(drawn).split()), missing


def width(text: str, *, bold: bool = False) -> float:
    """Return the width of drawable text in ems, kerning included."""
    glyphs, widths, kerning = _tables(bold=bold)
    names = [glyphs[character] for character in text]
    total = sum(widths[name] for name in names)
    return (total + sum(kerning.get(pair, 0) for pair in pairwise(names))) / UNITS


def pieces(text: str, *, bold: bool = False) -> Iterator[tuple[float, str]]:
    """Yield runs of drawable text without kerning inside, each with its place in ems."""
    glyphs, _, kerning = _tables(bold=bold)
    at, run = 0.0, ""
    for place, character in places(text, bold=bold):
        if run and (glyphs[run[-1]], glyphs[character]) in kerning:
            yield at, run
            run = ""
        at, run = (at, run + character) if run else (place, character)
    if run:
        yield at, run


def places(text: str, *, bold: bool = False) -> Iterator[tuple[float, str]]:
    """Yield each character of drawable text with its place in ems."""
    glyphs, widths, kerning = _tables(bold=bold)
    at, before = 0, ""
    for character in text:
        name = glyphs[character]
        at += kerning.get((before, name), 0)
        yield at / UNITS, character
        at, before = at + widths[name], name


def _invisible(character: str) -> bool:
    """Say whether it shows nothing by itself: controls, joiners, variation selectors."""
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return selector or unicodedata.category(character) in {"Cc", "Cf", "Cs"}


@cache
def _tables(*, bold: bool) -> tuple[Glyphs, dict[str, int], Kerning]:
    """Return the glyph of each character, the width of each glyph, the kerning of each pair."""
    with TTFont(path(bold=bold)) as font:
        glyphs = {chr(code): name for code, name in font.getBestCmap().items()}
        widths = {name: advance for name, (advance, _) in font["hmtx"].metrics.items()}
        (lookup,) = font["GPOS"].table.LookupList.Lookup
        kerning: Kerning = {}
        # The first subtable that covers a pair decides (OpenType, GPOS lookup type 2).
        for subtable in reversed(lookup.SubTable):
            kerning |= dict(_pairs(subtable))
    return glyphs, widths, {pair: shift for pair, shift in kerning.items() if shift}


def _pairs(subtable: Any) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield the pairs of a GPOS pair adjustment, given glyph by glyph or class by class."""
    first = subtable.Coverage.glyphs
    if subtable.Format == 1:
        for left, record in zip(first, subtable.PairSet, strict=True):
            for pair in record.PairValueRecord:
                yield (left, pair.SecondGlyph), getattr(pair.Value1, "XAdvance", 0)
        return
    classes = subtable.ClassDef1.classDefs
    seconds: dict[int, list[str]] = {}
    for right, number in subtable.ClassDef2.classDefs.items():
        seconds.setdefault(number, []).append(right)
    for left in first:
        for number, record in enumerate(subtable.Class1Record[classes.get(left, 0)].Class2Record):
            shift = getattr(record.Value1, "XAdvance", 0) if record.Value1 else 0
            for right in seconds.get(number, ()) if shift else ():
                yield (left, right), shift
