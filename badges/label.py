"""Badges for label printers: one bit a dot at 300 dpi, as PNG or as a page of PDF."""

from io import BytesIO

from badges.face import Face, Occasion
from badges.layout import Layout
from badges.picture import DPI, draw_front


def png(face: Face, layout: Layout, occasion: Occasion) -> bytes:
    """Return the front of a badge as a PNG of one bit a dot."""
    file = BytesIO()
    draw_front(face, layout, occasion, mode="1").save(file, "PNG", dpi=(DPI, DPI), optimize=True)
    return file.getvalue()


def pdf(face: Face, layout: Layout, occasion: Occasion) -> bytes:
    """Return the front of a badge as a PDF of one page that is one picture of one bit a dot."""
    file = BytesIO()
    picture = draw_front(face, layout, occasion, mode="1")
    # Without times inside, the same face gives the same bytes.
    picture.save(file, "PDF", resolution=DPI, creationDate=None, modDate=None)
    return file.getvalue()
