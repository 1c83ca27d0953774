"""Pictures in agenda files: what they are by their content, and that they come from one folder."""

import base64
import hashlib
import io
from pathlib import Path

import pytest
from agendas import PICTURES, a_picture
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from event.agenda.model import Media
from event.errors import Invalid
from event.formats.agenda_file.media import MAX_CONTENT, Picture, describe
from event.formats.agenda_yaml.read import read

HEAD = """\
event:
  acronym: demo2025
  title: Demo event
  timezone: Europe/Warsaw
  starts_on: 2025-06-03
  ends_on: 2025-06-04
"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {}>{}</svg>'
)


def drawing(inside: str, attributes: str = 'viewBox="0 0 400 300"') -> bytes:
    return SVG.format(attributes, inside).encode()


def media_of(entry: str, folder: Path | None = None) -> tuple[Media, ...]:
    text = f"{HEAD}media:\n  - kind: map\n    {entry}\n"
    return read(text.encode(), folder=folder).agenda.media


@pytest.mark.parametrize("kind", sorted(PICTURES))
def test_a_picture_is_what_its_content_says(kind: str) -> None:
    assert describe(a_picture(kind, 12)) == Picture(PICTURES[kind], 12, 7)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('viewBox="0 0 400 300"', (400, 300)),
        ('viewBox=" -10,-10 , 400.2 300 "', (401, 300)),
        ('width="640" height="480px"', (640, 480)),
        ('width="100%" height="100%" viewBox="0 0 8 9"', (8, 9)),
    ],
)
def test_a_drawing_is_as_large_as_its_view_box(attributes: str, size: tuple[int, int]) -> None:
    picture = describe(drawing("", attributes))
    assert (picture.width, picture.height) == size


@pytest.mark.parametrize(
    "attributes",
    ['width="100%" height="3em"', "", 'viewBox="0 0 nan inf"', 'viewBox="0 0 0 0"', 'viewBox="1"',
     'viewBox="0 0 999999 1"', f'viewBox="0 0 {"9" * 400} 1"'],
)  # fmt: skip
def test_a_drawing_without_a_usable_size_is_refused(attributes: str) -> None:
    with pytest.raises(Invalid, match="side of the picture"):
        describe(drawing("", attributes))


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<script xlink:href="https://example.org/a.js"/>',
        '<g onclick="alert(1)"/>',
        '<g ONLOAD="alert(1)"/>',
        "<foreignObject/>",
        '<x xmlns="http://www.w3.org/1999/xhtml"/>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<a href="javascript:alert(1)"/>',
        '<a href="https://example.org"/>',
        '<use xlink:href="https://example.org/a.svg#b"/>',
        '<image href="//example.org/a.png"/>',
        '<image href="data:image/svg+xml;base64,AAAA"/>',
        '<feImage href="#a"/>',
        '<rect fill="url(https://example.org/a)"/>',
        "<rect style=\"fill: url('//example.org/a')\"/>",
        '<style>@import "https://example.org/a.css";</style>',
        "<style>a { background: image-set('https://example.org/a') }</style>",
        r"<style>a { background: \75 rl(https://example.org/a) }</style>",
        "<style><![CDATA[@im]]><!-- -->port 'a';</style>",
        '<?xml-stylesheet href="a.css"?>',
    ],
)
def test_a_drawing_that_acts_or_loads_is_refused(inside: str) -> None:
    with pytest.raises(Invalid, match="The SVG"):
        describe(drawing(inside))


def test_a_drawing_may_use_and_embed_what_is_inside_it() -> None:
    picture = base64.b64encode(a_picture("PNG", 3)).decode()
    inside = f"""
        <title>Floor 0 \\ src(a)</title>
        <style>@media (prefers-color-scheme: dark) {{ rect {{ fill: url(#shade) }} }}</style>
        <defs><linearGradient id="shade"><stop offset="0"/></linearGradient></defs>
        <rect id="a" fill="url( '#shade' )"/><use href="#a" xlink:href="#a"/>
        <image href="data:image/png;base64,{picture}"/><filter><feGaussianBlur/></filter>
        <x xmlns="http://www.inkscape.org/" xmlns:i="http://www.inkscape.org/" i:path="C:\\a"/>
    """
    assert describe(drawing(inside)) == Picture("image/svg+xml", 400, 300)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"words",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"<html/>",
        b"<svg/>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"<!DOCTYPE svg [<!ENTITY a 'a'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        b"<?xml version='1.0' encoding='big5'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.4",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        describe(content)


def test_too_many_bytes_or_pixels_are_refused() -> None:
    with pytest.raises(Invalid, match="larger than 5 MB"):
        describe(b"\x89PNG" + bytes(MAX_CONTENT))
    file = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(file, "PNG")
    assert len(file.getvalue()) < MAX_CONTENT
    with pytest.raises(Invalid, match="too many pixels"):
        describe(file.getvalue())


@given(st.sampled_from(sorted(PICTURES)), st.integers(0, 60), st.binary(max_size=8))
@example("PNG", 16, b"\xff\xff\xff\xff\xff\xff\xff\xff")
def test_a_broken_picture_is_refused_and_nothing_worse(kind: str, at: int, noise: bytes) -> None:
    content = a_picture(kind, 12)
    for broken in (content[:at], content[:at] + noise + content[at + len(noise) :]):
        try:
            picture = describe(broken)
        except Invalid:
            continue
        assert picture.media_type in PICTURES.values()


def test_a_file_beside_the_agenda_is_taken_with_all_that_follows_from_it(tmp_path: Path) -> None:
    content = a_picture("WEBP", 12)
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "floor0.webp").write_bytes(content)
    (medium,) = media_of("file: maps/floor0.webp", tmp_path)
    assert medium == Media(
        id=1,
        kind="map",
        sha256=hashlib.sha256(content).hexdigest(),
        media_type="image/webp",
        bytes=len(content),
        width=12,
        height=7,
        content=content,
    )


def test_a_file_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "agenda"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(a_picture("PNG", 3))
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    for name in (
        "../secret.png", "..\\secret.png", str(tmp_path / "secret.png"), "link.png", "loop.png",
        "none.png", "a" * 5000, "''", ".",
    ):  # fmt: skip
        with pytest.raises(Invalid, match=r"media\[0\].file"):
            media_of(f"file: {name}", folder)
    with pytest.raises(Invalid, match="write data: instead"):
        media_of("file: link.png")


def test_a_picture_may_stand_in_the_file_itself() -> None:
    content = a_picture("PNG", 12)
    (medium,) = media_of(f"data: {base64.b64encode(content).decode()}")
    assert (medium.content, medium.width, medium.height) == (content, 12, 7)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("alt: A map", "line 8, media[0]: has no picture"),
        ("data: ABC", "media[0].data: is no base64"),
        ("data: żółw", "media[0].data: is no base64"),
        ("data: ''", "media[0].data: The picture is no PNG"),
        (f"data: {'A' * 7_000_000}", "media[0].data: is larger than 5 MB"),
        ("{file: a.png, data: AAAA}", "has file and data; delete one of them"),
    ],
)
def test_a_medium_without_a_proper_picture_is_refused(entry: str, problem: str) -> None:
    entry = entry.removeprefix("{").removesuffix("}").replace(", ", "\n    ")
    with pytest.raises(Invalid) as caught:
        media_of(entry)
    assert problem in caught.value.detail


def test_facts_that_are_not_those_of_the_picture_are_refused() -> None:
    data = base64.b64encode(a_picture("PNG", 12)).decode()
    with pytest.raises(Invalid, match="width of this picture is 12; delete the line width"):
        media_of(f"data: {data}\n    width: 13")


def test_a_picture_that_an_export_left_out_is_known_by_its_facts() -> None:
    digest = "a" * 64
    entry = (
        f"sha256: {digest}\n    media_type: image/png\n    bytes: 9\n    width: 3\n    height: 4"
    )
    imported = read(f"{HEAD}media:\n  - kind: map\n    {entry}\n".encode())
    (medium,) = imported.agenda.media
    assert (medium.sha256, medium.content) == (digest, None)
    assert "content" not in imported.carries["media"]
    with pytest.raises(Invalid, match=r"“\.\./\.\./a” is no SHA-256"):
        media_of(entry.replace(digest, "../../a"))
