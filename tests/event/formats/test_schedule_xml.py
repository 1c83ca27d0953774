"""Every dialect of schedule.xml is read, and what is wrong with a file is said."""

import contextlib
import dataclasses
import re
from datetime import date, timedelta
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from builders import OPENING, reports
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.model import Link
from event.errors import Invalid
from event.formats.imported import MAX_BYTES, Imported
from event.formats.schedule.xml import read

SCHEDULES = Path(__file__).parents[4] / "shared" / "data" / "schedules"
REAL = [
    (SCHEDULES / name, counts)
    for name, counts in {
        "fosdem2026.xml": (1079, 1216, 37),
        "34c3_everything.xml": (661, 428, 49),
        "debconf_pentabarf.xml": (181, 126, 6),
    }.items()
    if (SCHEDULES / name).exists()
]


HOSTILE = [
    "", "0", "-1", "1e400", "9" * 5000, "x" * 200, "\u200b", "<b>&amp;</b>", "&#99999999999;",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2025-06-03T09:00", "2025-06-03",
    "99:99", "24:00", "999:59", "-1:00", "http://[", "https://example.org:x/", "//", "Europe/",
    "\N{ARABIC-INDIC DIGIT ONE}:00", "tlh-QQ-x", "]]>",
]  # fmt: skip
TAGS = (
    "title", "date", "start", "duration", "room", "slug", "subtitle", "track", "type", "language",
    "url", "feedback_url", "abstract", "description",
)  # fmt: skip


def a_file(
    sessions: str = "", *, conference: str = "", head: str = "", room: str = "Aula"
) -> bytes:
    return f"""{head}<schedule>
  <conference>
    <title>Demo</title><acronym>demo2025</acronym>
    <start>2025-06-03</start><end>2025-06-04</end>{conference}
  </conference>
  <day index="1" date="2025-06-03"><room name="{room}">{sessions}</room></day>
</schedule>""".encode()


def an_event_of(inside: str = "", *, attributes: str = 'id="7"') -> str:
    return f"""<event {attributes}><title>Hydrogen</title>
      <date>2025-06-03T09:00:00+02:00</date><start>09:00</start><duration>00:45</duration>
      {inside}</event>"""


def read_one(inside: str = "", **how: str) -> tuple[Imported, dict[str, object]]:
    """Return what is read of one session, and the session as a dict."""
    imported = read(a_file(an_event_of(inside), **how), timezone="Europe/Warsaw")
    (session,) = imported.agenda.sessions
    return imported, {f.name: getattr(session, f.name) for f in dataclasses.fields(session)}


def test_a_frab_session_is_read_with_all_it_says() -> None:
    imported, session = read_one(
        """<room>Aula</room><slug>demo2025-7-hydrogen</slug><subtitle>Now</subtitle>
        <track>Energy</track><type>lecture</type><language>pl</language>
        <url>https://example.org/7</url><feedback_url/>
        <abstract>Krótko.</abstract><description>Długo.</description>
        <recording><license>CC0</license><optout>true</optout></recording>
        <persons>
        <person id="3" guid="0b5ad7f4-6a1c-4a22-8b0e-3a9d8e1b2f10">Ada  Byron</person></persons>
        <links><link href="https://example.org/a">A</link><link>https://example.org/b</link></links>
        <attachments><attachment href="/files/a.pdf">Slides</attachment></attachments>""",
        conference="<base_url>https://example.org/2025/</base_url>",
    )
    assert session | {"room_id": 1, "track_id": 1, "type_id": 1} == session
    assert session["source_id"] == "7"
    assert session["slug"] == "demo2025-7-hydrogen"
    assert session["title"] == {"pl": "Hydrogen"}
    assert session["subtitle"] == {"pl": "Now"}
    assert session["abstract"] == {"pl": "Krótko.\n\nDługo."}
    assert session["languages"] == ("pl",)
    assert session["starts_at"] == OPENING
    assert session["ends_at"] == OPENING + timedelta(minutes=45)
    assert session["url"] == "https://example.org/7"
    assert (session["recording_license"], session["recording_optout"]) == ("CC0", True)
    assert session["links"] == (
        Link(url="https://example.org/a", title={"pl": "A"}),
        Link(url="https://example.org/b"),
    )
    assert session["attachments"] == (
        Link(url="https://example.org/files/a.pdf", title={"pl": "Slides"}),
    )
    (speaker,) = imported.agenda.speakers
    assert (speaker.name, speaker.source_id) == ("Ada Byron", "3")
    assert speaker.guid == "0b5ad7f4-6a1c-4a22-8b0e-3a9d8e1b2f10"
    assert reports(imported) == [
        "session 7 “Hydrogen”: its attachment is not complete; took https://example.org/files/a.pdf"
    ]


def test_the_facts_about_the_event_are_read() -> None:
    imported = read(
        a_file(
            an_event_of(),
            conference="<base_url>https://example.org/</base_url>"
            "<time_zone_name>Europe/Warsaw</time_zone_name><track name='Energy' color='#0A7F3F'/>",
        )
    )
    event = imported.agenda.event
    assert (event.acronym, event.title) == ("demo2025", {"en": "Demo"})
    assert (event.starts_on, event.ends_on) == (date(2025, 6, 3), date(2025, 6, 4))
    assert (event.timezone, event.url) == ("Europe/Warsaw", "https://example.org/")
    assert [(track.name, track.color) for track in imported.agenda.tracks] == [
        ({"en": "Energy"}, "#0a7f3f")
    ]
    assert imported.carries["event"] == {
        "title", "acronym", "starts_on", "ends_on", "url", "timezone",
    }  # fmt: skip


def test_only_what_a_file_mentions_is_carried() -> None:
    imported, _ = read_one("<subtitle/><persons/>")
    assert imported.carries["session"] == {
        "title", "starts_at", "ends_at", "room_id", "subtitle", "speakers",
    }  # fmt: skip
    assert imported.carries["speaker"] == {"name"}


def test_the_top_level_lists_of_fosdem_are_read() -> None:
    lists = """<tracks><track slug="k">Kernel</track><track slug="m">Music</track></tracks>
      <persons><person id="3"><name>Ada</name><biography>&lt;p&gt;Wrote.&lt;/p&gt;</biography>
      </person></persons><day"""
    session = an_event_of(
        '<track slug="m">Music</track><persons><person id="3">Ada</person></persons>'
    )
    imported = read(a_file(session).replace(b"<day", lists.encode(), 1))
    assert [track.name["en"] for track in imported.agenda.tracks] == ["Kernel", "Music"]
    assert imported.agenda.speakers[0].biography == {"en": "Wrote."}
    assert "biography" in imported.carries["speaker"]


def test_html_becomes_text_with_one_line_in_the_report() -> None:
    html = "&lt;p&gt;One &amp;amp; two.&lt;/p&gt;"
    imported, session = read_one(
        f"<abstract>{html}</abstract><description><p>Three.</p></description>"
    )
    assert session["abstract"] == {"en": "One & two.\n\nThree."}
    assert reports(imported) == ["session 7 “Hydrogen”: its text is HTML; made it plain"]


def test_an_abstract_that_is_the_description_is_said_once() -> None:
    _, session = read_one("<abstract>Same.</abstract><description> Same.\r\n</description>")
    assert session["abstract"] == {"en": "Same."}


@pytest.mark.parametrize(
    ("inside", "line"),
    [
        ("<feedback_url>call me</feedback_url>",
         "its feedback address is not on the web; left it out"),
        ("<url>javascript:alert(1)</url>", "its address is not on the web; left it out"),
        ("<links><link href='mailto:ada@example.org'>Ada</link></links>",
         "its link is not on the web; left it out"),
        ("<links><link href='www.example.org'>A</link></links>",
         "its link is not complete; took https://www.example.org"),
        ("<attachments><attachment href='a.pdf'/></attachments>",
         "its attachment is not on the web; left it out"),
        ("<language>klingon</language>", "“klingon” is no language tag; left out"),
        ("<persons><person id='1'>Ada &lt;ada@example.org&gt;</person></persons>",
         "a speaker is named by an e-mail address; left it out"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_session_is_reported(inside: str, line: str) -> None:
    assert f"session 7 “Hydrogen”: {line}" in reports(read_one(inside)[0])


def test_a_room_without_a_name_is_none() -> None:
    imported, session = read_one(room="")
    assert session["room_id"] is None
    assert reports(imported) == ["session 7 “Hydrogen”: it has no room; left it without"]


def test_a_file_without_a_time_zone_takes_the_one_given_or_utc() -> None:
    given = read(a_file(an_event_of()), timezone="Europe/Warsaw").agenda.event
    missing = read(a_file(an_event_of()))
    assert (given.timezone, missing.agenda.event.timezone) == ("Europe/Warsaw", "Etc/UTC")
    assert reports(missing) == [
        "file: it names no time zone; took Etc/UTC; name one with --timezone"
    ]


def test_the_language_is_that_of_most_sessions_and_of_each_session_its_own() -> None:
    tags = ["de", "pl", "de"]
    sessions = "".join(
        an_event_of(f"<language>{tag}</language><track>T</track>", attributes=f"id='{n}'")
        for n, tag in enumerate(tags, start=1)
    )
    imported = read(a_file(sessions))
    assert imported.text_language == "de"
    assert imported.agenda.event.title == {"de": "Demo"}
    assert [list(session.title) for session in imported.agenda.sessions] == [["de"], ["pl"], ["de"]]
    assert read(a_file(sessions), language="en").agenda.tracks[0].name == {"en": "T"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<schedule>\n<conference>\n</schedule>", "Line 3 "),
        (b"<schedule>\0</schedule>", "Line 1 "),
        (b"\xff\xfe\x00", "Line 1 "),
        ("<schedule>é</schedule>".encode("latin-1"), "Line 1 "),
        (b"<?xml version='1.0' encoding='klingon'?><schedule/>", "klingon"),
        (b"<schedule>" * 100_000, "depth"),
        (b"<html/>", "<html>"),
        (b"<schedule/>", "no conference"),
        (b"<schedule><conference/></schedule>", "no conference"),
        (b"<schedule><conference/><day/></schedule>", "no session and no dates"),
        (a_file(an_event_of(), head="<!DOCTYPE schedule [\n<!ENTITY a 'b'>]>"), "Line 2 "),
        (a_file(head="<!DOCTYPE s [<!ENTITY % a SYSTEM 'file:///etc/hostname'> %a;]>"), "entity"),
        (b" " * (MAX_BYTES + 1) + b"<", "MB"),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=re.escape(words)):
        read(data)


def test_entities_in_utf_16_are_refused_too() -> None:
    text = a_file(an_event_of("&a;"), head="<!DOCTYPE schedule [<!ENTITY a 'b'>]>\n").decode()
    with pytest.raises(Invalid, match="entity"):
        read(text.encode("utf-16"))


def test_a_doctype_that_declares_nothing_is_no_matter() -> None:
    imported = read(a_file(an_event_of(), head="<!DOCTYPE schedule SYSTEM 'file:///etc/passwd'>"))
    assert len(imported.agenda.sessions) == 1


@given(words=st.lists(st.sampled_from(HOSTILE), min_size=16, max_size=16))
def test_no_file_brings_the_reader_down(words: list[str]) -> None:
    pairs = zip(TAGS, words, strict=False)
    inside = "".join(f"<{tag}>{escape(word)}</{tag}>" for tag, word in pairs)
    session = f"<event id={quoteattr(words[14])} guid={quoteattr(words[15])}>{inside}</event>"
    conference = f"<time_zone_name>{escape(words[0])}</time_zone_name>"
    with contextlib.suppress(Invalid):
        imported = read(a_file(session, conference=conference))
        assert len(imported.agenda.sessions) + len(imported.repairs) > 0


if REAL:  # without the files there is no such test, not a skipped one

    @pytest.mark.parametrize(("path", "counts"), REAL, ids=lambda value: getattr(value, "stem", ""))
    def test_real_files_are_read_in_full(path: Path, counts: tuple[int, int, int]) -> None:
        agenda = read(path.read_bytes(), timezone="Europe/Berlin").agenda
        assert (len(agenda.sessions), len(agenda.speakers), len(agenda.rooms)) == counts
