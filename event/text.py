"""Text that people read: one string per language, in NFC, and folded for search."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from event.errors import Invalid

Text = Mapping[str, str]

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
"""A language tag as we take it: language, script, region (RFC 5646, section 2.1)."""

_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_LETTERS = str.maketrans("łđøðħı", "ldodhi") | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})


def clean(value: str) -> str:
    """Return `value` in NFC, with LF line ends, without outer space and control characters."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", value)).strip()


def has_unwanted(value: str) -> bool:
    """Say whether `value` holds a character that no database or XML document can carry."""
    return _UNWANTED.search(value) is not None


def text(values: Mapping[str, str]) -> dict[str, str]:
    """Return cleaned translations in the order of their languages, without empty ones.

    Raises Invalid when a key is not a language tag.
    """
    for language in values:
        if not LANGUAGE.fullmatch(language):
            raise Invalid(f"“{language}” is not a language tag such as en, pl or pt-BR.")
    cleaned = {language: clean(value) for language, value in values.items()}
    return {language: cleaned[language] for language in sorted(cleaned) if cleaned[language]}


def pick(values: Text, languages: Iterable[str]) -> tuple[str, str]:
    """Return the best translation and its language, ("", "") when there is none.

    A region is a wish, not a condition: pt-BR is served by pt, and pt by pt-BR.
    """
    for wanted in languages:
        if wanted in values:
            return values[wanted], wanted
        base = wanted.split("-")[0]
        for language, value in values.items():
            if language.split("-")[0] == base:
                return value, language
    for language, value in values.items():
        return value, language
    return "", ""


def dump(value: object) -> str:
    """Return canonical JSON (RFC 8785, restricted to strings, integers and null)."""
    return _CANONICAL.encode(value)


def parse(value: str) -> Any:
    """Return what a column of canonical JSON holds."""
    return json.loads(value)


def fold(value: str) -> str:
    """Return `value` as search compares it: lower case, no diacritics, single spaces.

    No decomposition exists for ł, đ, ø and their like, so they are mapped by hand.
    """
    # Decomposed first: ǿ hides an ø and ℌ an H. Lower case may need it once more.
    lower = unicodedata.normalize("NFKD", value).casefold().translate(_LETTERS)
    letters = (c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    return " ".join("".join(letters).split())
