"""Colours, and which text can be read on them."""

import re

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")

BLACK, WHITE = "#000000", "#ffffff"


def is_color(text: str) -> bool:
    """Say whether it is written `#rrggbb`."""
    return _COLOR.fullmatch(text) is not None


def channels(color: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255. Raises ValueError when it is no `#rrggbb`."""
    if not is_color(color):
        raise ValueError(f"“{color}” is no colour such as #1b4f72.")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(color: str) -> str:
    """Return black or white, whichever contrasts more; always 4.5 or better."""
    return max((WHITE, BLACK), key=lambda ink: contrast(ink, color))


def _luminance(color: str) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2.2)."""
    linear = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in channels(color))
    )
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
