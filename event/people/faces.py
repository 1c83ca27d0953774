"""Faces of badges: who and what stands on them, and in which order they are printed."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from badges.code import Medium
from badges.face import Face
from badges.order import by_surname
from badges.short import short_code
from event.errors import Conflict
from event.people.categories import categories as all_categories
from event.people.codes import Signer
from event.people.consents import answers_to
from event.people.model import Attendee, Category, Status
from event.text import fold, pick

_SLOT = re.compile(r"(\D*)(\d*)(.*)", re.DOTALL)


def face(
    person: Attendee,
    signer: Signer,
    medium: Medium,
    *,
    categories: Mapping[str, Category],
    photo: bool | None,
    language: str,
) -> Face:
    """Return the face of a badge in the generation that is valid now.

    `categories` is by slug. `photo` is what they last answered to being in pictures, None when they
    were never asked: who said no gets the mark, and so does a minor who did not say yes. Who has no
    name yet gets lines to write it on. Raises Conflict for somebody who does not come.
    """
    if person.status is not Status.REGISTERED:
        raise Conflict(f"There is no badge for this attendee, who is {person.status}.")
    category = categories[person.category]
    return Face(
        code=signer.code(person, medium),
        short_code=short_code(person.holder),
        # A name of one part is the biggest text, whichever part it is.
        given_name=person.given_name or person.surname,
        surname=person.surname if person.given_name else "",
        organisation=person.organisation,
        position=person.position,
        category=pick(category.name, [language])[0],
        color=category.color,
        box_slot=person.box_slot,
        country=person.country,
        photo=not person.minor if photo is None else photo,
        blank=not (person.given_name or person.surname),
    )


def faces_of(
    db: Connection, people: Iterable[Attendee], signer: Signer, medium: Medium, *, language: str
) -> list[Face]:
    """Return the faces of many badges, in order. Raises Conflict as `face`."""
    categories = {category.slug: category for category in all_categories(db)}
    photo = answers_to(db, "photo")
    return [
        face(
            person, signer, medium,
            categories=categories, photo=photo.get(person.id), language=language,
        )
        for person in people
    ]  # fmt: skip


def blank_face(number: int, signer: Signer, category: Category, *, language: str) -> Face:
    """Return the face of a paper badge that nobody has yet, with lines to write on."""
    return Face(
        code=signer.blank(number, category=category.slug),
        short_code=short_code(number),
        category=pick(category.name, [language])[0],
        color=category.color,
        blank=True,
    )


def surname_order(person: Attendee) -> tuple[Any, ...]:
    """Return a key to sort as guests look: by surname, who has no name yet last."""
    shown = Face(
        code="",
        short_code="",
        given_name=person.given_name,
        surname=person.surname,
        organisation=person.organisation,
    )
    return by_surname(shown), person.id


def _organisation_order(person: Attendee) -> tuple[Any, ...]:
    """Return a key to sort by organisation, those without one last."""
    return not person.organisation, fold(person.organisation), surname_order(person)


def _box_order(person: Attendee) -> tuple[Any, ...]:
    """Return a key to sort as badges wait: A-9 before A-10, those without a slot last."""
    (box, number, rest) = _SLOT.fullmatch(person.box_slot).groups()  # type: ignore[union-attr]
    return not person.box_slot, box, int(number or 0), rest, surname_order(person)


def _id_order(person: Attendee) -> int:
    return person.id


ORDERS: Mapping[str, Callable[[Attendee], Any]] = {
    "surname": surname_order,
    "organisation": _organisation_order,
    "box": _box_order,
    "id": _id_order,
}
"""Keys to sort attendees with, by name."""
