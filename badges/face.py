"""What stands on a badge, as plain values, and what all badges of one print share."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Face:
    """One badge.

    `code` is EB1 text, `category` the word to print, already in the language, `color` its
    `"#rrggbb"`. `photo` is False for who does not agree to be photographed. A blank badge has no
    names and leaves room to write by hand what is not known.
    """

    code: str
    short_code: str
    given_name: str = ""
    surname: str = ""
    organisation: str = ""
    position: str = ""
    category: str = ""
    color: str = "#000000"
    box_slot: str = ""
    country: str = ""
    photo: bool = True
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """What all badges of one print share: the event's words and its logo (PNG or JPEG)."""

    title: str
    place_and_dates: str = ""
    logo: Path | bytes | None = None
    language: str = "en"


def grouped(short_code: str) -> str:
    """Return a short code in groups of four, as it is read aloud: `"00C5 7M3K"`."""
    return " ".join(short_code[start : start + 4] for start in range(0, len(short_code), 4))
