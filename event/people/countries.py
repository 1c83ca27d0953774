"""Countries: who writes Poland, Polska, PL or pol means one.

`countries.json` has the codes of ISO 3166-1 (and XK), the names of the Unicode CLDR 47 in English
and Polish, and what else people call them.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from event.text import fold


def country_code(text: str) -> str | None:
    """Return the code (ISO 3166-1 alpha-2) of the country a text names, None if it names none."""
    return _codes().get(_key(text))


def country_name(code: str, language: str) -> str:
    """Return a country's name in English or Polish; what is no code is returned as it is."""
    names = _countries().get(code)
    return names.get(language, names["en"]) if names else code


@cache
def _countries() -> Mapping[str, Any]:
    """Return by code the names by language, and under `also` a list of other names and codes."""
    found: Mapping[str, Any] = json.loads(
        files("event.people").joinpath("countries.json").read_text(encoding="utf-8")
    )
    return found


@cache
def _codes() -> Mapping[str, str]:
    return {
        _key(name): code
        for code, names in _countries().items()
        for name in (code, names["en"], names["pl"], *names["also"])
    }


def _key(text: str) -> str:
    """Return a name without what people leave out or write in several ways."""
    words = re.findall(r"\w+", fold(text).replace("&", " and ").replace(".", ""))
    return " ".join(words[1:] if words[:1] == ["the"] else words)
