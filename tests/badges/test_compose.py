"""Whatever the names: nothing overlaps, nothing leaves its place, nothing is lost unsaid."""

from dataclasses import replace
from itertools import pairwise

import pytest
from faces import HARD_NAMES, OCCASION, a_face
from hypothesis import given
from hypothesis import strategies as st

from badges.color import contrast
from badges.compose import compose
from badges.face import Face
from badges.font import width
from badges.layout import DOT, POINT, Box, Layout
from badges.layout_file import load, names
from badges.marks import Area, Code, Mark, Text

NAMES = [name for name in names() if name != "practice"]
"""Those of badges; a card for practice is nobody's."""
LAYOUTS = [load(name) for name in NAMES]
words = st.text("aBcIłWŻj ếĄ-'ШΩ🎉王\u0301", max_size=70)
faces = st.builds(
    replace,
    st.just(a_face()),
    given_name=words, surname=words, organisation=words, position=words, category=words,
    country=words, box_slot=words, photo=st.booleans(),
    color=st.integers(0, 0xFFFFFF).map(lambda color: f"#{color:06x}"),
)  # fmt: skip


def marks(face: Face, layout: Layout) -> tuple[Mark, ...]:
    return compose(face, layout, OCCASION)[0].marks


def ink(text: Text) -> Box:
    """Return where the ink of a text may be: between the top of an H and the baseline."""
    height = 0.714 * text.size * POINT
    across = width(text.text, bold=text.bold) * text.size * POINT
    return Box("text", text.x, text.y - height, across, height)


def square(code: Code) -> Box:
    """Return a code with its quiet zone."""
    quiet = 4 * code.dots * DOT
    side = 45 * code.dots * DOT
    return Box("qr", code.x - quiet, code.y - quiet, side, side)


@given(st.sampled_from(LAYOUTS), faces)
def test_texts_overlap_neither_each_other_nor_the_code_and_keep_the_margin(
    layout: Layout, face: Face
) -> None:
    drawn = marks(face, layout)
    places = [ink(mark) for mark in drawn if isinstance(mark, Text)]
    (code,) = (square(mark) for mark in drawn if isinstance(mark, Code))
    for number, place in enumerate(places):
        assert place.x >= layout.margin - 0.01
        assert place.x + place.width <= layout.width - layout.margin + 0.01
        assert place.y >= 0
        assert place.y + place.height <= layout.height
        assert not place.overlaps(code)
        assert not any(place.overlaps(other) for other in places[:number])
    for mark in drawn:
        if isinstance(mark, Area):
            assert all(-0.01 <= x <= layout.width + 0.01 for x, _ in mark.points)


@given(st.sampled_from(LAYOUTS), faces)
def test_the_category_stands_on_its_colour_and_can_be_read(layout: Layout, face: Face) -> None:
    face = replace(face, category="Delegate", photo=True)
    (word,) = (
        mark for mark in marks(face, layout) if isinstance(mark, Text) and mark.text == "Delegate"
    )
    ground = "#000000" if layout.name == "label-62" else face.color
    (band, *_) = (m for m in marks(face, layout) if isinstance(m, Area) and m.color == ground)
    (left, top), _, (right, bottom), _ = band.points
    assert left <= word.x <= right
    assert top <= ink(word).y < word.y <= bottom
    assert contrast(word.color, ground) >= 4.5


@pytest.mark.parametrize("layout", LAYOUTS, ids=NAMES)
def test_the_first_name_is_biggest(layout: Layout) -> None:
    face = a_face(given_name="Anna", surname="Nowak", category="Delegate", box_slot="C-1")
    texts = [mark for mark in marks(face, layout) if isinstance(mark, Text)]
    biggest = max(texts, key=lambda mark: mark.size)
    assert biggest.text == "Anna"


@pytest.mark.parametrize("layout", LAYOUTS, ids=NAMES)
def test_a_code_starts_on_a_whole_dot_and_has_whole_dots(layout: Layout) -> None:
    (code,) = (mark for mark in marks(a_face(), layout) if isinstance(mark, Code))
    assert code.dots >= 6
    for place in (code.x, code.y):
        assert place / DOT == pytest.approx(round(place / DOT), abs=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS, ids=NAMES)
def test_a_camera_is_drawn_for_whoever_does_not_agree(layout: Layout) -> None:
    agreed, refused = (marks(a_face(photo=photo), layout) for photo in (True, False))
    assert set(agreed) < set(refused)
    assert (
        len([mark for mark in refused if isinstance(mark, Area) and mark.color == "#c5221f"]) == 1
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=NAMES)
def test_a_blank_badge_has_lines_to_write_on_and_its_category(layout: Layout) -> None:
    face = Face(a_face().code, "00C57M3K", category="Guest", color="#37474f", blank=True)
    drawn = marks(face, layout)
    texts = [mark.text for mark in drawn if isinstance(mark, Text)]
    assert {"Guest", "00C5 7M3K"} <= set(texts) <= {
        "Guest", "00C5 7M3K", OCCASION.title, OCCASION.place_and_dates,
    }  # fmt: skip
    rules = [mark for mark in drawn if isinstance(mark, Area) and mark.color == "#9aa0a6"]
    assert len(rules) == 3
    (code,) = (square(mark) for mark in drawn if isinstance(mark, Code))
    heights = []
    for rule in rules:
        (left, top), _, (right, bottom), _ = rule.points
        heights.append(top)
        assert right - left > 40
        assert not Box("text", left, top, right - left, bottom - top).overlaps(code)
    assert min(b - a for a, b in pairwise(heights)) >= 7


@pytest.mark.parametrize("layout", LAYOUTS, ids=NAMES)
def test_a_place_in_a_delegation_has_its_organisation_below_lines_for_the_name(
    layout: Layout,
) -> None:
    face = Face(a_face().code, "00C57M3K", organisation="Delegation of Kyiv", blank=True)
    drawn = marks(face, layout)
    tops = [m.points[0][1] for m in drawn if isinstance(m, Area) and m.color == "#9aa0a6"]
    (organisation,) = (m for m in drawn if isinstance(m, Text) and m.text.startswith("Delegation"))
    assert len(tops) == 2
    assert max(tops) < organisation.y - organisation.size * POINT
    assert tops[1] - tops[0] >= 7


@pytest.mark.parametrize("layout", LAYOUTS, ids=NAMES)
def test_a_name_of_which_nothing_can_be_drawn_has_lines_to_write_it_on(layout: Layout) -> None:
    face = Face(a_face().code, "00C57M3K", given_name="伟", surname="王", organisation="Kraków")
    nameless = Face(face.code, face.short_code, organisation="Kraków", blank=True)
    assert marks(face, layout) == marks(nameless, layout)


def test_a_text_that_is_not_there_leaves_no_hole() -> None:
    face = a_face(given_name="Anna", surname="Nowak", organisation="Org", position="", country="")
    texts = {mark.text: mark for mark in marks(face, load("a6")) if isinstance(mark, Text)}
    with_position = marks(replace(face, position="Head"), load("a6"))
    other = {mark.text: mark for mark in with_position if isinstance(mark, Text)}
    gap = texts["Org"].y - texts["Nowak"].y
    assert other["Head"].y - other["Nowak"].y == pytest.approx(gap, abs=1)


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is no colour"):
        compose(a_face(color='#000000"><script>'), load("a6"), OCCASION)


@pytest.mark.parametrize(("given", "surname"), HARD_NAMES)
def test_hard_names_are_drawn_whole_or_named(given: str, surname: str) -> None:
    (side, *_) = compose(a_face(given_name=given, surname=surname), load("a6"), OCCASION)
    drawn = " ".join(mark.text for mark in side.marks if isinstance(mark, Text))
    lost = {loss.field for loss in side.losses}
    for field, name in (("given_name", given), ("surname", surname)):
        letters = name.replace("e\u0308", "ë").replace("-", "- ").split()
        assert field in lost or all(letter in drawn for letter in letters)
