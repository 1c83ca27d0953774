"""Badges as pixels and as SVG: for phones and for label printers."""

import re
from base64 import b64decode
from dataclasses import replace
from io import BytesIO

import pytest
from faces import HARD_NAMES, OCCASION, a_face, a_logo, codes, pages, sizes
from lxml import etree
from PIL import Image, ImageChops, ImageStat

from badges import label, picture
from badges.face import Face
from badges.layout_file import load, names
from badges.pdf import render
from badges.svg import svg

SVG = "{http://www.w3.org/2000/svg}"
FACES = [a_face(number) for number in range(len(HARD_NAMES))]


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("name", names())
def test_a_png_has_300_dots_an_inch_and_a_code_that_is_read(name: str) -> None:
    layout = load(name)
    for face in FACES[:4]:
        image = opened(picture.png(face, layout, OCCASION))
        assert image.mode == "RGB"
        assert image.size == (round(layout.width / 25.4 * 300), round(layout.height / 25.4 * 300))
        assert codes(image) == [face.code]


def test_a_png_and_a_pdf_of_a_badge_look_alike() -> None:
    layout, face = load("phone"), FACES[0]
    one = opened(picture.png(face, layout, OCCASION)).resize((180, 320))
    (other,) = pages(render([face], layout, OCCASION), scale=300 / 72)
    difference = ImageChops.difference(one, other.convert("RGB").resize((180, 320)))
    assert ImageStat.Stat(difference.convert("L")).mean[0] < 4


def test_a_label_is_as_wide_as_the_print_head_and_black_or_white() -> None:
    for face in FACES:
        image = opened(label.png(face, load("label-62"), OCCASION))
        assert (image.mode, image.size[1]) == ("1", 696)
        assert image.getpixel((0, 0)) == 255
        assert 0.6 < ImageStat.Stat(image.convert("L")).mean[0] / 255 < 0.95
        assert codes(image.convert("L")) == [face.code]


def test_a_label_as_pdf_is_one_small_page_without_a_time() -> None:
    face = FACES[1]
    pdf = label.pdf([face], load("label-62"), OCCASION)
    assert pdf == label.pdf([face], load("label-62"), OCCASION)
    assert b"Date" not in pdf
    assert len(pdf) < 12_000
    assert sizes(pdf) == [pytest.approx((90, 58.93), abs=0.05)]
    assert codes(pages(pdf)[0]) == [face.code]


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.surname)
def test_an_svg_holds_names_as_text_and_the_code_as_a_path(face: Face) -> None:
    layout = load("phone")
    root = etree.fromstring(svg(face, layout, OCCASION).encode())
    assert root.attrib["viewBox"] == "0 0 90 160"
    assert (root.attrib["width"], root.attrib["height"]) == ("90mm", "160mm")
    assert root.attrib["font-family"] == "Noto Sans, sans-serif"
    words = " ".join(text.text for text in root.iter(f"{SVG}text"))
    assert face.category in words
    for text in root.iter(f"{SVG}text"):
        right = float(text.attrib["x"]) + float(text.attrib["textLength"])
        assert float(text.attrib["x"]) >= 6.99
        assert right <= 83.02
    (code,) = [path for path in root.iter(f"{SVG}path") if "transform" in path.attrib]
    drawn = {
        (int(x) + step, int(y))
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)", code.attrib["d"])
        for step in range(int(length))
    }
    image = Image.new("L", (45, 45), 255)
    for x, y in drawn:
        image.putpixel((x + 4, y + 4), 0)
    assert codes(image.resize((270, 270), Image.Resampling.NEAREST)) == [face.code]


def test_what_people_type_cannot_leave_its_text() -> None:
    face = replace(FACES[0], given_name="<b>&\"'", surname="</text><script>alert(1)</script>")
    root = etree.fromstring(svg(face, load("phone"), OCCASION).encode())
    assert {element.tag for element in root.iter()} == {f"{SVG}svg", f"{SVG}path", f"{SVG}text"}
    assert "<b>&\"'" in {text.text for text in root.iter(f"{SVG}text")}


def test_a_logo_lies_inside_an_svg() -> None:
    root = etree.fromstring(svg(FACES[0], load("a6"), replace(OCCASION, logo=a_logo())).encode())
    (image,) = root.iter(f"{SVG}image")
    assert float(image.attrib["width"]) / float(image.attrib["height"]) == pytest.approx(
        3, abs=0.01
    )
    kind, _, content = image.attrib["href"].partition(",")
    assert kind == "data:image/png;base64"
    assert opened(b64decode(content)).size == (120, 40)


def test_a_transparent_logo_lets_the_paper_through() -> None:
    file = BytesIO()
    Image.new("RGBA", (60, 60), (255, 0, 0, 0)).save(file, "PNG")
    occasion = replace(OCCASION, logo=file.getvalue())
    assert picture.png(FACES[0], load("a6"), occasion) == picture.png(
        FACES[0], load("a6"), OCCASION
    )
