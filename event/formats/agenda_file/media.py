"""Looks at the bytes of a picture: what it is, how large, and whether a phone may show it.

It goes by the content, never by a name. An SVG is a document that browsers run, so only drawings
that neither act nor load anything are let in.
"""

import io
import math
import re
import struct
import warnings
from dataclasses import dataclass
from xml.parsers import expat

from PIL import Image

from event.errors import Invalid

MAX_CONTENT = 5_000_000
"""The largest picture; phones fetch them all ahead, often over a hall's tired Wi-Fi."""

MAX_SIDE = 20_000

_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_SVG = "http://www.w3.org/2000/svg"
_XHTML = "http://www.w3.org/1999/xhtml"
_ELEMENTS = re.compile(
    "a|circle|clipPath|defs|desc|ellipse|filter|g|image|line|linearGradient|marker|mask|metadata|"
    "path|pattern|polygon|polyline|radialGradient|rect|stop|style|svg|switch|symbol|text|textPath|"
    "title|tspan|use|view|fe(?!Image)[A-Z][A-Za-z]+"
)
_INSIDE = re.compile(r"\s*(#|data:image/(png|jpeg|webp);base64,)")
# A backslash could spell url( or @import so that this would not see it.
_LOADS = re.compile(
    r"url\((?!\s*['\"]?\s*#)|@import|(image|image-set|src|cross-fade)\(|script:|\\", re.IGNORECASE
)
_SIDE = re.compile(r"\d{1,6}(\.\d*)?(px)?")


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture's content says of itself: media type, and size in pixels or SVG units."""

    media_type: str
    width: int
    height: int


def describe(content: bytes) -> Picture:
    """Return what the content of a picture is: PNG, JPEG, WebP or a still SVG.

    Raises Invalid for anything else, for a broken or too large picture, and for an SVG with
    scripts, event handlers, animation or references to something outside it.
    """
    if len(content) > MAX_CONTENT:
        raise Invalid(f"The picture is larger than {MAX_CONTENT // 1_000_000} MB; make it smaller.")
    drawn = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
    picture = _drawing(content) if drawn else _photograph(content)
    if not (0 < picture.width <= MAX_SIDE and 0 < picture.height <= MAX_SIDE):
        raise Invalid(f"A side of the picture must measure 1 to {MAX_SIDE}.")
    return picture


def _photograph(content: bytes) -> Picture:
    """Return type and size by the header alone: nothing is decoded, so no bomb goes off."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=list(_TYPES)) as image:
                return Picture(_TYPES[image.format or ""], *image.size)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Invalid("The picture has too many pixels; make it smaller.") from None
    except (OSError, ValueError, SyntaxError, LookupError, TypeError, Warning, struct.error):
        raise Invalid(
            "The picture is no PNG, JPEG, WebP or SVG that can be read; save it as one of these."
        ) from None


def _drawing(content: bytes) -> Picture:
    root: dict[str, str] = {}
    styles: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, attributes: dict[str, str]) -> None:
        if not root:
            if name != f"{_SVG} svg":
                raise Invalid("The picture is XML, but no SVG; use PNG, JPEG, WebP or SVG.")
            root.update(attributes | {"": name})
        _check_element(name, attributes)
        # Between a style's start and the next element all text counts as style.
        parser.CharacterDataHandler = styles.append if name == f"{_SVG} style" else None

    def refuse(*_: object) -> None:
        raise Invalid("The SVG has a document type or an instruction in it; save it as plain SVG.")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.ProcessingInstructionHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise Invalid("The SVG is no well-formed XML; save it again as plain SVG.") from None
    _check_style("".join(styles))
    return Picture("image/svg+xml", *_size(root))


def _check_element(name: str, attributes: dict[str, str]) -> None:
    """Raise Invalid unless an element only draws; those of editors' own namespaces are inert."""
    namespace, _, local = name.rpartition(" ")
    if (namespace == _SVG and not _ELEMENTS.fullmatch(local)) or namespace == _XHTML:
        raise Invalid(f"The SVG holds <{local}>; phones are only sent drawings that stand still.")
    for attribute, value in attributes.items():
        if attribute.lower().startswith("on"):
            raise Invalid(f"The SVG holds the event handler {attribute}; save it as plain SVG.")
        if attribute.rpartition(" ")[2] == "href" and not _INSIDE.match(value):
            raise Invalid("The SVG refers to something outside it; embed or remove that.")
        if " " not in attribute:
            _check_style(value)


def _check_style(value: str) -> None:
    if _LOADS.search(value):
        raise Invalid("The SVG loads something by its style; embed or remove that.")


def _size(root: dict[str, str]) -> tuple[int, int]:
    """Return width and height by the viewBox, or by the attributes of these names in pixels."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    sides = box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]
    width, height = (
        float(side.removesuffix("px")) if _SIDE.fullmatch(side) else 0 for side in sides
    )
    return math.ceil(width), math.ceil(height)
