"""Layout files: those that come along, and every mistake in one's own."""

from pathlib import Path

import pytest
from faces import OCCASION, a_face, codes, pages
from hypothesis import example, given
from hypothesis import strategies as st

from badges.compose import compose
from badges.layout import Box, LayoutError, Line
from badges.layout_file import FOLDER, load, names, read
from badges.marks import Text
from badges.pdf import render

GOOD = """\
back = "front"

[page]
width = 100
height = 80
margin = 4

[colors]
grey = "#555555"

[[front]]
x = 4
y = 4
width = 40
height = 20
valign = "middle"
text = [{ field = ["surname", "country"], size = 20, bold = true, lines = 2, color = "grey" }]

[[front]]
draw = "qr"
x = 50
y = 4

[[front]]
draw = "photo"
x = 4
y = 30
width = 8
height = 8

[[front]]
x = 0
y = 60
width = 100
height = 20
fill = "category"
text = [{ field = "category", size = 20 }]
"""


def test_what_comes_along_can_be_loaded_by_name() -> None:
    assert names() == ["90x54", "a6", "a6-folded", "a7", "cr80", "label-62", "phone", "practice"]
    for name in names():
        assert load(name).name == name


def test_every_badge_to_wear_says_who_what_and_where() -> None:
    for name in set(names()) - {"phone", "practice"}:
        boxes = load(name).front
        fields = {field for box in boxes for line in box.text for field in line.fields}
        assert {"given_name", "surname", "organisation", "category", "short_code", "box_slot"} <= (
            fields
        )
        assert {"qr", "photo"} <= {box.draw for box in boxes}
        texts = [line for box in boxes for line in box.text]
        given = next(line for line in texts if "given_name" in line.fields)
        assert all(line is given or line.size < given.size for line in texts)


def test_a_layout_of_ones_own_is_a_copy_that_was_changed(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    content = (FOLDER / "a7.toml").read_text()
    file.write_text(content.replace("width = 74\n", "width = 80\n", 1))
    layout = load(file)
    assert (layout.name, layout.page) == ("ours", (80, 105))
    assert load(str(file)) == layout
    (page,) = pages(render([a_face()], layout, OCCASION))
    assert codes(page) == [a_face().code]


def test_a_file_is_read_as_it_says() -> None:
    layout = read(GOOD.encode(), "good")
    assert layout.back == layout.front
    assert (layout.width, layout.height, layout.margin, layout.fold) == (100, 80, 4, False)
    line = Line(("surname", "country"), 20, bold=True, color="#555555", lines=2, gap=0)
    assert layout.front[0] == Box("text", 4, 4, 40, 20, valign="middle", text=(line,))
    assert layout.front[1].width == pytest.approx(22.86)
    assert layout.front[3].fill == "category"


GROUND = '[[front]]\nx = 60\ny = 40\nwidth = 40\nheight = 18\nfill = "#0b5394"\n'
ON_IT = "[[front]]\nx = 62\ny = 42\nwidth = 20\nheight = 10\n"
WORD = 'text = [{ field = "box_slot", size = 12'


def test_texts_and_logos_may_lie_on_a_fill() -> None:
    assert read(f'{GOOD}{GROUND}{ON_IT}draw = "logo"'.encode(), "ours").front[-1].draw == "logo"
    layout = read(f"{GOOD}{GROUND}{ON_IT}{WORD} }}]".encode(), "ours")
    assert layout.front[-1].ground == "#0b5394"
    (side, _) = compose(a_face(), layout, OCCASION)
    (slot,) = (m for m in side.marks if isinstance(m, Text) and m.text == "C-1")
    assert slot.color == "#ffffff"


def test_a_stripe_may_lie_in_the_margin() -> None:
    stripe = '[[front]]\nx = 0\ny = 0\nwidth = 3\nheight = 60\nfill = "category"'
    assert read(f"{GOOD}{stripe}".encode(), "ours").front[-1].width == 3


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        (f'{GROUND}{ON_IT}draw = "photo"', "front 6 overlaps front 5"),
        (f'{GROUND}{ON_IT}fill = "#ffffff"', "front 6 overlaps front 5"),
        (f"{GROUND}{ON_IT}".replace("x = 62", "x = 50"), "front 6 overlaps front 5"),
        (f"{ON_IT}{WORD} }}]\n{GROUND}", "front 6 overlaps front 5"),
        (f"{GROUND}{WORD} }}]\n{ON_IT}", "front 6 overlaps front 5"),
        (f'{GROUND}{ON_IT}{WORD}, color = "#111111" }}]', "front 6.text 1.color cannot be read"),
        (f"{GROUND}{WORD} }}]".replace("x = 60", "x = 97").replace("width = 40", "width = 3"),
         "front 5.width leaves no room for its texts."),
    ],
)  # fmt: skip
def test_what_could_not_be_read_on_a_fill_is_refused(boxes: str, said: str) -> None:
    with pytest.raises(LayoutError, match=said):
        read(f"{GOOD}{boxes}".encode(), "ours")


MISTAKES = [
    ("width = 100", "widht = 100", "page has no key “widht”; did you mean width?"),
    ("width = 100", "", "page.width must be a number from 20 to 420."),
    ("width = 100", 'width = "100"', "page.width must be a number from 20 to 420."),
    ("width = 100", "width = true", "page.width must be a number from 20 to 420."),
    ("width = 100", "width = nan", "page.width must be a number from 20 to 420."),
    ("height = 80", "height = 1e9", "page.height must be a number from 20 to 420."),
    ("margin = 4", "margin = -1", "page.margin must be a number from 0 to 20."),
    ("margin = 4", "margin = 4\nfold = 1", "page.fold must be true or false."),
    ("[page]", "[paper]", "the file has no key “paper”"),
    ("[page]", "[colours]", "the file has no key “colours”; did you mean colors?"),
    ('grey = "#555555"', 'grey = "gray"', "colors.grey must be a colour such as"),
    ('grey = "#555555"', 'category = "#555555"', "colors.category must be a colour such as"),
    ('back = "front"', 'back = "none"', 'back must be a list of [[back]] boxes or "front"'),
    ("x = 50", "x = 30", "front 2 overlaps front 1"),
    ("x = 50", "x = 90", "front 2 reaches beyond the page or its margin"),
    ("x = 50", "x = 50\nwidth = 20", "front 2 has no key “width”; it takes draw, x, y, dots."),
    ("x = 50", "x = 50\ndots = 6.5", "front 2.dots must be a whole number from 4 to 40."),
    ("x = 50", "x = 50\ndots = 3", "front 2.dots must be a whole number from 4 to 40."),
    ('draw = "qr"', 'draw = "barcode"', "front 2.draw must be one of text, qr, photo, logo."),
    ('draw = "qr"', "draw = [1]", "front 2.draw must be one of text, qr, photo, logo."),
    ("x = 4\ny = 4", "x = 1\ny = 4", "front 1 reaches beyond the page or its margin"),
    ("height = 20\nval", "height = 9\nval", "front 1.height must be at least 9.9 mm"),
    ("size = 20, bold", "size = 20, size_ = 1, bold", "front 1.text 1 has no key “size_”"),
    ("size = 20, bold", 'size = "big", bold', "front 1.text 1.size must be a number from 4"),
    ("lines = 2", "lines = 3", "front 1.text 1.lines must be a whole number from 1 to 2."),
    ("bold = true", 'bold = "yes"', "front 1.text 1.bold must be true or false."),
    ('color = "grey"', 'color = "blue"', 'front 1.text 1.color must be "#rrggbb" or a name'),
    ('color = "grey"', 'color = "#dddddd"', "front 1.text 1.color cannot be read on its ground"),
    ('"surname", "country"', '"nickname"', "front 1.text 1.field “nickname” is not one of"),
    ('["surname", "country"]', "7", "front 1.text 1.field must be the name of a field"),
    ('["surname", "country"]', "[]", "front 1.text 1.field must be the name of a field"),
    ('"middle"', '"centre"', "front 1.valign must be one of top, middle, bottom."),
    ('fill = "category"', 'fill = "red"', 'front 4.fill must be "category", "#rrggbb" or a name'),
    ("size = 20 }]", 'size = 20, color = "grey" }]', "front 4.text 1.color must be left out"),
    ("[[front]]\nx = 4", "[[front]\nx = 4", "this is not TOML"),
    ('back = "front"', "front = 1", "this is not TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "written", "said"), MISTAKES)
def test_a_mistake_gets_one_sentence_that_names_the_key(
    found: str, written: str, said: str
) -> None:
    assert found in GOOD
    with pytest.raises(LayoutError) as error:
        read(GOOD.replace(found, written, 1).encode(), "ours")
    assert str(error.value).startswith("Layout ours: ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "page is missing"),
        (b"\xff\xfe", "this is not TOML"),
        (b"page = 1", "page is missing"),
        (b"[page]\nwidth = 50\nheight = 50", "front must have at least one box"),
        (b"front = [1]\n[page]\nwidth = 50\nheight = 50", "front 1 must be a table"),
        (b"#" * 200_000, "larger than 100000 bytes"),
        (b"x=" + b"[" * 50_000, "this is not TOML"),
    ],
)
def test_what_is_no_layout_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(LayoutError, match=said):
        read(content, "ours")


def test_a_file_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"a5 is no layout: give a file or one of 90x54, a6"):
        load("a5")
    with pytest.raises(LayoutError, match="is no layout"):
        load(tmp_path)


values = st.recursive(
    st.one_of(
        st.booleans().map(lambda value: str(value).lower()),
        st.integers(-10, 500).map(str),
        st.floats(allow_nan=False, allow_infinity=False).map(lambda value: f"{value:.3f}"),
        st.sampled_from(['"front"', '"category"', '"qr"', '"surname"', '"#ffffff"', "nan", "inf"]),
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
)
LINES = [number for number, line in enumerate(GOOD.splitlines()) if " = " in line]


@given(st.sampled_from(LINES), values)
@example(LINES[0], "[]")
def test_any_value_anywhere_is_taken_or_refused_in_words(number: int, value: str) -> None:
    lines = GOOD.splitlines()
    lines[number] = f"{lines[number].partition(' = ')[0]} = {value}"
    try:
        layout = read("\n".join(lines).encode(), "ours")
    except LayoutError:
        return
    assert render([a_face()], layout, OCCASION).startswith(b"%PDF")
