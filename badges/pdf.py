"""Badges as PDF: vector, at their exact size, with the font's used part inside.

The same faces give the same bytes: no clock and no chance is asked.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from io import BytesIO
from itertools import chain, islice

from PIL.Image import Image
from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from badges import font, sheet
from badges.color import BLACK, channels
from badges.compose import Side, compose
from badges.face import Face, Occasion
from badges.layout import DOT, POINT, Layout
from badges.logo import open_logo
from badges.marks import Area, Code, Logo, Mark, Text, rectangle
from badges.qr import Matrix, runs

# Streams as they are: as ASCII they would take a quarter more bytes and a third more time.
rl_config.useA85 = 0

Parts = Sequence[tuple[float, Sequence[Mark]]]
"""What stands on a page: marks, and how far to the right they are moved."""

_FEW, _CHUNK = 200, 25
"""Badges for which no process is started, and how many one is given at a time."""
_FOLD, _FOLD_LONG = "#9aa0a6", 4.0


class Page:
    """A page that marks are drawn on, in millimetres from its upper left corner."""

    def __init__(self, canvas: Canvas, size: tuple[float, float], logo: Image | None) -> None:
        self.canvas = canvas
        self.width, self.height = size
        self.logo = ImageReader(logo) if logo else None
        canvas.setPageSize((self.width / POINT, self.height / POINT))

    def draw(self, marks: Iterable[Mark], *, x: float = 0, y: float = 0) -> None:
        """Draw marks with their corner at a place."""
        for mark in marks:
            match mark:
                case Area():
                    self._area(mark, x, y)
                case Text():
                    self._text(mark, x, y)
                case Code():
                    self._code(mark, x, y)
                case Logo():
                    self._logo(mark, x, y)

    def end(self) -> None:
        """Finish this page; what is drawn next stands on another of the same size."""
        self.canvas.showPage()

    def _area(self, mark: Area, x: float, y: float) -> None:
        (across, down), *others = mark.points
        path = self.canvas.beginPath()
        path.moveTo((x + across) / POINT, (self.height - y - down) / POINT)
        for across, down in others:
            path.lineTo((x + across) / POINT, (self.height - y - down) / POINT)
        path.close()
        self._color(mark.color)
        self.canvas.drawPath(path, stroke=0, fill=1)

    def _text(self, mark: Text, x: float, y: float) -> None:
        self._color(mark.color)
        self.canvas.setFont(_fonts()[mark.bold], mark.size)
        left, baseline = (x + mark.x) / POINT, (self.height - y - mark.y) / POINT
        for place, piece in font.pieces(mark.text, bold=mark.bold):
            self.canvas.drawString(left + place * mark.size, baseline, piece)

    def _code(self, mark: Code, x: float, y: float) -> None:
        self._color(BLACK)
        self.canvas.saveState()
        self.canvas.translate((x + mark.x) / POINT, (self.height - y - mark.y) / POINT)
        self.canvas.scale(mark.dots * DOT / POINT, -mark.dots * DOT / POINT)
        self.canvas.drawPath(PDFPathObject(["n", _rectangles(mark.modules)]), stroke=0, fill=1)
        self.canvas.restoreState()

    def _logo(self, mark: Logo, x: float, y: float) -> None:
        if self.logo is None:
            return
        across, down = self.logo.getSize()
        left, top, width, height = (place / POINT for place in mark.fitted(across / down))
        bottom = (self.height - y) / POINT - top - height
        self.canvas.drawImage(self.logo, x / POINT + left, bottom, width, height, mask="auto")

    def _color(self, color: str) -> None:
        self.canvas.setFillColorRGB(*(channel / 255 for channel in channels(color)))


def canvas(file: BytesIO, occasion: Occasion) -> Canvas:
    """Return an empty document that names the event and no time."""
    made = Canvas(file, invariant=1, pageCompression=1, lang=occasion.language)
    made.setTitle(occasion.title)
    made.setAuthor("")
    made.setCreator("eventday")
    return made


def render(
    faces: Sequence[Face], layout: Layout, occasion: Occasion, *, on_a4: bool = False,
    processes: int | None = None, progress: Callable[[int], object] = lambda _: None,
) -> bytes:  # fmt: skip
    """Return a PDF of badges in the given order, one a page, or `on_a4` as many as a sheet takes.

    `progress` is told how many are done after each. Many badges are composed by `processes` of
    their own, as many as there are cores. Raises LayoutError when a badge is larger than A4, and
    ValueError for a code or a logo that is none.
    """
    file = BytesIO()
    made = canvas(file, occasion)
    paper = sheet.a4(layout) if on_a4 else None
    page = Page(made, (paper.width, paper.height) if paper else layout.page, open_logo(occasion))
    composed = _composed(faces, layout, replace(occasion, logo=None), processes)
    badges = _counted((_pages(layout, sides) for sides in composed), progress)
    if paper:
        _draw_sheets(page, paper, badges)
    else:
        for parts in chain.from_iterable(badges):
            for x, marks in parts:
                page.draw(marks, x=x)
            page.end()
    made.save()
    return file.getvalue()


def _pages(layout: Layout, sides: Sequence[Side]) -> list[Parts]:
    """Return what stands on each page of a badge: marks and how far to the right."""
    if not layout.fold:
        return [((0.0, side.marks),) for side in sides]
    front, back = sides[0].marks, sides[-1].marks if layout.back else ()
    ends = (0.0, layout.height - _FOLD_LONG)
    fold = [rectangle(layout.width - DOT, y, 2 * DOT, _FOLD_LONG, _FOLD) for y in ends]
    return [((0.0, back), (layout.width, front), (0.0, fold))]


def _draw_sheets(page: Page, paper: sheet.Sheet, badges: Iterator[list[Parts]]) -> None:
    """Draw badges on sheets; backs follow on a sheet of their own, mirrored."""
    cuts = list(paper.cut_marks())
    while some := list(islice(badges, paper.count)):
        for number, pages in enumerate(zip(*some, strict=True)):
            for place, parts in enumerate(pages):
                left, top = paper.place(place, back=number > 0)
                for x, marks in parts:
                    page.draw(marks, x=left + x, y=top)
            page.draw(cuts)
            page.end()


def _composed(
    faces: Sequence[Face], layout: Layout, occasion: Occasion, processes: int | None
) -> Iterator[list[Side]]:
    """Yield the sides of each badge, in order, composed by several processes when many."""
    one = partial(compose, layout=layout, occasion=occasion)
    wanted = os.cpu_count() if processes is None else processes
    if len(faces) < _FEW or wanted == 1:
        yield from map(one, faces)
        return
    # spawn, because a fork of a server's process would take its threads' locks along.
    pool = ProcessPoolExecutor(wanted, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield from pool.map(one, faces, chunksize=_CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


def _counted(
    badges: Iterable[list[Parts]], progress: Callable[[int], object]
) -> Iterator[list[Parts]]:
    """Yield each badge; tell how many were drawn when the next one is asked for."""
    for done, pages in enumerate(badges, start=1):
        yield pages
        progress(done)


def _rectangles(modules: Matrix) -> str:
    """Return the dark modules as rectangles of a PDF path, a unit a module."""
    return " ".join(f"{x} {y} {length} 1 re" for x, y, length in runs(modules))


@cache
def _fonts() -> tuple[str, str]:
    """Register both weights; return the names of the regular and the bold one."""
    names = ("NotoSans", "NotoSans-Bold")
    for bold, name in enumerate(names):
        pdfmetrics.registerFont(TTFont(name, font.path(bold=bool(bold))))
    return names
