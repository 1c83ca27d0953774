"""HTML abstracts become text that people can read, whatever the HTML is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event.formats.html import is_html, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ""),
        ("no tags at all", "no tags at all"),
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<p>One,\n   and a half.</p>\n\n\n<p>Two.</p>", "One, and a half.\n\nTwo."),
        ("<P CLASS='x'>One.<BR>Two.<br/>Three.</P>", "One.\nTwo.\nThree."),
        ("Bring:<ul><li>a pen</li><li>tea</li></ul>Thanks", "Bring:\n\n- a pen\n- tea\n\nThanks"),
        ("<ul>\n<li><p>a pen</p></li>\n<li><p>tea</p></li>\n</ul>", "- a pen\n- tea"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<ul><li></li></ul>after", "after"),
        ('See <a href="https://example.org/a?b=1&amp;c=2">the page</a>!',
         "See the page (https://example.org/a?b=1&c=2)!"),
        ("<a href=https://example.org/>https://example.org</a>", "https://example.org"),
        ("<a href='https://example.org/'></a>", "https://example.org/"),
        ('<a href="mailto:ada@example.org">Ada</a> <a href="/local">here</a>', "Ada here"),
        ('<a href="javascript:alert(1)">no</a>', "no"),
        ("salt &amp; pepper &lt;3 &#233;&#xe9; &hearts;", "salt & pepper <3 éé ♥"),
        ("a<script>if (a<b) { alert('</p>') }</script>b<style>p {}</style>c", "abc"),
        ("before<!-- <p>never</p> -->after --> end", "beforeafter --> end"),
        ("the <script> tag that is never closed", "the tag that is never closed"),
        ("one\ntwo <b>bold</b>\n\n  three", "one\ntwo bold\n\n  three"),
        ("<p>code:</p><pre>a\n  b</pre>", "code:\n\na\n  b"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("a < b, List<String>, <your name><b>!</b>", "a < b, List<String>, <your name>!"),
        ("<https://example.org/> <p title='a > b'>x</p>", "<https://example.org/>\n\nx"),
        ("<p>&nbsp;</p><p>x</p>", "x"),
        ("a\x00b\x01c<p>d", "abc\n\nd"),
    ],
)  # fmt: skip
def test_html_becomes_plain_text(value: str, expected: str) -> None:
    assert plain(value) == expected


@pytest.mark.parametrize("value", ["<p>x", "x<br/>y", "a &amp; b", "<A HREF='x'>y</A>", "&#233;"])
def test_usual_tags_and_entities_are_html(value: str) -> None:
    assert is_html(value)


@pytest.mark.parametrize(
    "value", ["", "a < b > c", "List<String>", "<https://example.org>", "R&D; x -> y", "a --> b"]
)
def test_angle_brackets_alone_are_no_html(value: str) -> None:
    assert not is_html(value)


@given(st.text("<>/abpliruscrt!- \n\"'=&#;01x&amp;", max_size=200))
def test_any_text_can_be_made_plain(value: str) -> None:
    once = plain(value)
    assert once == once.strip()
    assert not any(ord(c) < 32 and c not in "\t\n" for c in once)


@pytest.mark.parametrize(
    "value", ["<a ", '<a "', "<!--", "<p>", "<script>", "&#", "&#9", " ", "\n", "<a href=", "</li>",
              "<li> ", "<a '\""],
)  # fmt: skip
def test_hostile_html_takes_linear_time(value: str) -> None:
    started = time.process_time()
    plain(value * 100_000)
    is_html(value * 100_000)
    assert time.process_time() - started < 5


def test_a_number_of_thousands_of_digits_is_no_character() -> None:
    assert plain(f"<p>a&#{'9' * 5000};b&#x{'f' * 5000};c") == "ab\ufffdc"
