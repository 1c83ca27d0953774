"""Categories of attendees: five that every event knows, and those that an event adds."""

import re
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from event.database import take_turns
from event.errors import Conflict, Invalid
from event.people.model import Category
from event.tables import category
from event.text import clean, dump, fold, parse, text

SLUG = r"[a-z0-9][a-z0-9-]{0,49}"
KNOWN = (
    Category(1, "delegate", {"en": "Delegate", "pl": "Uczestnik"}, "#1d4ed8"),
    Category(2, "speaker", {"en": "Speaker", "pl": "Prelegent"}, "#b91c1c"),
    Category(3, "staff", {"en": "Staff", "pl": "Obsługa"}, "#374151"),
    Category(4, "press", {"en": "Press", "pl": "Prasa"}, "#a16207"),
    Category(5, "vip", {"en": "VIP", "pl": "VIP"}, "#6d28d9"),
)
"""What every event has from the start."""
_COLORS = ("#0f766e", "#be185d", "#4d7c0f", "#0369a1", "#c2410c", "#7e22ce", "#047857", "#9f1239")
_MOST = 255
LONGEST_NAME = 100


def categories(db: Connection) -> list[Category]:
    """Return the event's categories by number."""
    own = [
        Category(row.number, row.slug, parse(row.name), row.color) for row in db.execute(_OWN).all()
    ]
    numbers = {item.number for item in own}
    return sorted([*(item for item in KNOWN if item.number not in numbers), *own], key=_number)


def category_for(db: Connection, words: str) -> Category:
    """Return the category that is meant by a slug or a name, a new one if none is.

    Raises Invalid when the words have neither letter nor digit, Conflict when 255 are used up.
    """
    take_turns(db)
    words, known = _short(words), categories(db)
    if found := meant(known, words):
        return found
    if not can_be_meant(words):
        raise Invalid(f"“{words}” names no category; write a word such as delegate.")
    number = _next(map(_number, known))
    slug = _slug(words) or f"category-{number}"
    made = Category(number, slug, {"en": words}, _COLORS[number % len(_COLORS)])
    db.execute(category.insert(), _row(made))
    return made


def meant(known: Iterable[Category], words: str) -> Category | None:
    """Return which of these categories is meant by a slug or a name, however spelt."""
    known, wanted, slug = list(known), fold(_short(words)), _slug(words)
    for item in known:
        if wanted in {item.slug, *map(fold, item.name.values())}:
            return item
    return next((item for item in known if item.slug == slug), None)


def can_be_meant(words: str) -> bool:
    """Say whether words can name a category at all."""
    return any(letter.isalnum() for letter in fold(_short(words)))


def set_category(db: Connection, slug: str, *, name: dict[str, str], color: str) -> Category:
    """Add a category, or give a known one another name and colour. Raises Invalid, Conflict."""
    if not re.fullmatch(SLUG, slug) or not re.fullmatch(r"#[0-9a-f]{6}", color):
        raise Invalid("A category has a slug such as press and a colour such as #1d4ed8.")
    name = text(name)
    if not name or any(len(words) > LONGEST_NAME for words in name.values()):
        raise Invalid(f"A category has a name of at most {LONGEST_NAME} characters.")
    take_turns(db)
    known = {item.slug: item.number for item in categories(db)}
    number = known.get(slug) or _next(known.values())
    made = Category(number, slug, name, color)
    db.execute(_DROP, {"number": number})
    db.execute(category.insert(), _row(made))
    return made


def _short(words: str) -> str:
    return clean(words)[:LONGEST_NAME].strip()


def _slug(words: str) -> str:
    """Return the slug that words make, "" when it would say only a part of them."""
    if any(letter.isalnum() and not letter.isascii() for letter in fold(_short(words))):
        return ""
    return re.sub(r"[^a-z0-9]+", "-", fold(_short(words))).strip("-")[:50].strip("-")


def _next(numbers: Iterable[int]) -> int:
    """Return a number that was never used. Raises Conflict when a code's byte holds no more."""
    number = max(numbers) + 1
    if number > _MOST:
        raise Conflict(f"There are {_MOST} categories already; use one of them.")
    return number


def _row(item: Category) -> dict[str, object]:
    return {"number": item.number, "slug": item.slug, "name": dump(item.name), "color": item.color}


def _number(item: Category) -> int:
    return item.number


_OWN = select(category)
_DROP = category.delete().where(category.c.number == bindparam("number"))
