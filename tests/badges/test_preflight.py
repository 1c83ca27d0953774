"""What an organiser is told before print day."""

from dataclasses import replace

from faces import OCCASION, a_face

from badges.face import Occasion
from badges.layout_file import FIELDS, load
from badges.preflight import Finding, preflight, sentence

A6 = load("a6")
PLAIN = a_face(
    given_name="Anna", surname="Nowak", organisation="Org", position="", category="Delegate"
)


def test_badges_that_are_drawn_whole_are_not_mentioned() -> None:
    assert preflight([PLAIN] * 3, A6, OCCASION) == []


def test_a_cut_text_is_named_whole_with_its_badge() -> None:
    name = "W" * 60
    assert preflight([PLAIN, replace(PLAIN, surname=name)], A6) == [
        Finding(1, "surname", "cut", name)
    ]


def test_each_character_that_cannot_be_drawn_is_named_once() -> None:
    faces = [replace(PLAIN, given_name="王 Ana 🎉🎉", organisation="Ẹ\u0301kó")]
    assert preflight(faces, A6) == [
        Finding(0, "given_name", "glyph", "王"),
        Finding(0, "given_name", "glyph", "🎉"),
        Finding(0, "organisation", "accent", "\u0301"),
    ]


def test_composed_and_decomposed_accents_are_the_same_name() -> None:
    assert preflight([replace(PLAIN, surname="Z\u0307a\u0328dło")], A6) == []


def test_what_all_badges_share_is_mentioned_once() -> None:
    occasion = Occasion("Meeting of the Regions 🎉 " + "x" * 100, "Rzeszów")
    found = preflight([PLAIN] * 5, A6, occasion)
    assert {(finding.number, finding.field, finding.kind) for finding in found} == {
        (None, "title", "cut"),
        (None, "title", "glyph"),
    }
    assert len(found) == 2


def test_what_a_layout_does_not_show_is_not_mentioned() -> None:
    faces = [replace(PLAIN, position="🎉")]
    assert preflight(faces, load("phone")) == []
    assert [finding.field for finding in preflight(faces, A6)] == ["position"]


def test_a_blank_badge_has_nothing_to_lose() -> None:
    blank = replace(PLAIN, given_name="", surname="", organisation="", blank=True)
    assert preflight([blank], A6) == []


def test_a_finding_is_said_in_english_and_polish() -> None:
    cut, glyph = Finding(3, "given_name", "cut", "{Anna}"), Finding(None, "title", "glyph", "🎉")
    accent = Finding(0, "surname", "accent", "\u0301")
    assert sentence(cut, "en") == "given name: too long, it ends in an ellipsis: {Anna}"
    assert sentence(glyph, "de") == "title: the font has no 🎉 (U+1F389); it is left out"
    assert sentence(accent, "en").startswith("surname: no letter takes the accent ◌\u0301 (U+0301)")
    assert sentence(cut, "pl") == "imię: za długie, kończy się wielokropkiem: {Anna}"
    for field in FIELDS:
        for kind in ("cut", "glyph", "accent"):
            assert sentence(Finding(0, field, kind, "x"), "pl")


def test_a_name_of_which_nothing_can_be_drawn_is_one_line_that_says_what_to_do() -> None:
    faces = [replace(PLAIN, given_name="伟", surname="王"), replace(PLAIN, given_name="伟")]
    found = preflight(faces, A6)
    assert found == [
        Finding(0, "given_name", "name", "伟 王"),
        Finding(1, "given_name", "glyph", "伟"),
    ]
    assert sentence(found[0], "en").startswith("the font has no letter of 伟 王; lines to write")
    assert "literami łacińskimi" in sentence(found[0], "pl")
    assert [f.text for f in preflight([replace(PLAIN, given_name="", surname="王")], A6)] == ["王"]
