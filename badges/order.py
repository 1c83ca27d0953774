"""The order of badges in a box and on lists: by surname, as people look for it."""

import unicodedata

from badges.face import Face

_LETTERS = str.maketrans("łđøðħı", "ldodhi") | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})
_SILENT = str.maketrans(dict.fromkeys("'’ʼʻ`.")) | str.maketrans("-‐–", "   ")


def by_surname(face: Face) -> tuple[str, ...]:
    """Return a key to sort by displayed surname, then given name, then organisation.

    Diacritics count only between names that are otherwise equal: Łoś stands after Los and before
    Lot, where a guest who does not know Polish looks too. A name of one part sorts by it, other
    alphabets come after Latin, and badges without a name last.
    """
    surname, given = (face.surname, face.given_name) if face.surname else (face.given_name, "")
    last = "" if surname else "\U0010ffff"
    names = _folded(surname), _folded(given), surname, given, _folded(face.organisation)
    return last, *names, face.short_code


def _folded(name: str) -> str:
    """Return a name in plain lower-case letters, hyphens as spaces, without apostrophes."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS).translate(_SILENT))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
