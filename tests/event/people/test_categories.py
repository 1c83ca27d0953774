"""Categories: a number each, for ever, whatever words they come in."""

import pytest
from at_once import at_once

from event.database import Database
from event.errors import Conflict, Invalid
from event.people.categories import KNOWN, categories, category_for, set_category


def test_five_are_there_and_found_by_slug_and_by_name_in_any_language(db: Database) -> None:
    with db.write() as tx:
        assert categories(tx) == list(KNOWN)
        for words in ("staff", " Staff ", "OBSŁUGA", "obsluga", "ob\x00sługa"):
            assert category_for(tx, words).slug == "staff"
        assert categories(tx) == list(KNOWN)


def test_new_words_make_a_new_category_once(db: Database) -> None:
    with db.write() as tx:
        made = category_for(tx, " Gość honorowy! ")
        assert (made.number, made.slug, made.name) == (6, "gosc-honorowy", {"en": "Gość honorowy!"})
        assert category_for(tx, "gosc HONOROWY") == made
        long = category_for(tx, "y" * 1000)
        assert (len(long.slug), len(long.name["en"])) == (50, 100)
        assert category_for(tx, "y" * 1000) == long
        assert category_for(tx, "Гость 1").slug == "category-8"
        assert category_for(tx, "гость 1").slug == "category-8"
        assert category_for(tx, "Гость 2").slug == "category-9"
        for words in ("", "🎉", "\x00"):
            with pytest.raises(Invalid, match="write a word such as delegate"):
                category_for(tx, words)


def test_two_imports_at_once_make_one_category(db: Database) -> None:
    first, second = at_once(db, lambda tx: category_for(tx, "Exhibitor"))
    assert first == second


def test_another_name_and_colour_keep_the_number(db: Database) -> None:
    with db.write() as tx:
        set_category(tx, "press", name={"pl": " Media\x00 "}, color="#000000")
        made = set_category(tx, "bus", name={"en": "Bus"}, color="#ffffff")
        assert made.number == 6
        found = {item.slug: item for item in categories(tx)}
        assert (found["press"].number, found["press"].name) == (4, {"pl": "Media"})
        assert category_for(tx, "media").slug == "press"
        for slug, name, color in (
            ("Press", {"en": "P"}, "#000000"),
            ("press", {"en": "P"}, "black"),
            ("press", {"en": " "}, "#000000"),
            ("press", {"en": "x" * 101}, "#000000"),
            ("press", {"no tag": "P"}, "#000000"),
        ):
            with pytest.raises(Invalid):
                set_category(tx, slug, name=name, color=color)
        assert {item.slug: item for item in categories(tx)} == found


def test_a_byte_holds_255_and_no_more(db: Database) -> None:
    with db.write() as tx:
        for number in range(6, 256):
            category_for(tx, f"kind {number}")
        with pytest.raises(Conflict, match="use one of them"):
            category_for(tx, "kind 256")
        assert category_for(tx, "kind 255").number == 255
