"""Badges as SVG, for phones: text stays text, in Noto Sans or what the phone has."""

from base64 import b64encode
from html import escape
from io import BytesIO

from badges import font
from badges.compose import compose
from badges.face import Face, Occasion
from badges.layout import DOT, POINT, Layout
from badges.logo import open_logo
from badges.marks import Area, Code, Logo, Mark, Text
from badges.qr import outline


def svg(face: Face, layout: Layout, occasion: Occasion) -> str:
    """Return the front of a badge as an SVG whose unit is a millimetre.

    Raises ValueError for a code or a logo that is none.
    """
    marks = "".join(_drawn(mark, occasion) for mark in compose(face, layout, occasion)[0].marks)
    width, height = f"{layout.width:g}", f"{layout.height:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" font-family="Noto Sans, sans-serif">'
        f'<path fill="#fff" d="M0 0h{width}v{height}H0z"/>{marks}</svg>'
    )


def _drawn(mark: Mark, occasion: Occasion) -> str:
    match mark:
        case Area(points, color):
            path = "L".join(f"{x:.2f} {y:.2f}" for x, y in points)
            return f'<path fill="{color}" d="M{path}z"/>'
        case Text():
            return _text(mark)
        case Code():
            place = f"translate({mark.x:.3f} {mark.y:.3f}) scale({mark.dots * DOT:.5f})"
            return f'<path transform="{place}" d="{outline(mark.modules)}"/>'
        case Logo():
            return _logo(mark, occasion)


def _text(mark: Text) -> str:
    """Return a text; another font than ours is squeezed into the same width."""
    size = mark.size * POINT
    width = font.width(mark.text, bold=mark.bold) * size
    weight = ' font-weight="700"' if mark.bold else ""
    return (
        f'<text x="{mark.x:.2f}" y="{mark.y:.2f}" font-size="{size:.2f}"{weight} '
        f'fill="{mark.color}" textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(mark.text)}</text>"
    )


def _logo(mark: Logo, occasion: Occasion) -> str:
    logo = open_logo(occasion)
    if logo is None:
        return ""
    file = BytesIO()
    logo.save(file, "PNG")
    x, y, width, height = mark.fitted(logo.width / logo.height)
    return (
        f'<image x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" '
        f'href="data:image/png;base64,{b64encode(file.getvalue()).decode()}"/>'
    )
