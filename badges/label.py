"""Badges for label printers: one bit a dot at 300 dpi, as PNG or as a page of PDF."""

from collections.abc import Sequence
from io import BytesIO

from badges.face import Face, Occasion
from badges.layout import Layout
from badges.picture import DPI, draw_front


def png(face: Face, layout: Layout, occasion: Occasion) -> bytes:
    """Return the front of a badge as a PNG of one bit a dot."""
    file = BytesIO()
    draw_front(face, layout, occasion, mode="1").save(file, "PNG", dpi=(DPI, DPI), optimize=True)
    return file.getvalue()


def pdf(faces: Sequence[Face], layout: Layout, occasion: Occasion) -> bytes:
    """Return the fronts of badges as a PDF whose pages are pictures of one bit a dot.

    All are held in memory, under 1 MB each.
    """
    file = BytesIO()
    first, *others = (draw_front(face, layout, occasion, mode="1") for face in faces)
    # Without times inside, the same faces give the same bytes.
    first.save(file, "PDF", resolution=DPI, save_all=True, append_images=others,
               creationDate=None, modDate=None)  # fmt: skip
    return file.getvalue()
