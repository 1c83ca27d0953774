"""Which format a file is in, found by looking into it."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, an_agenda
from hypothesis import example, given
from hypothesis import strategies as st

from event.agenda.merge import merge
from event.errors import Invalid
from event.formats.files import read_file, write_file
from event.formats.imported import MAX_BYTES

EXPORTS = {
    "schedule.xml": "schedule.xml",
    "schedule.json": "schedule.json",
    "agenda.ics": "icalendar",
    "agenda.yaml": "agenda-yaml",
    "agenda.xlsx": "agenda-xlsx",
}
SESSION = {"id": "1", "title": "One", "startsAt": "2025-06-03T09:00", "endsAt": "2025-06-03T10:00"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["schedule", "conference", "days", "rooms", "sessions", "speakers", "categories",
             "groupName", "code", "title", "results", "slots", "id", "start"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


def written(name: str) -> bytes:
    agenda = an_agenda()
    return write_file(name, agenda, version="1.1", language=None, cancelled="omit")


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("as_name", ["agenda", "agenda.pdf", "agenda.xml"])
def test_a_name_proves_nothing(tmp_path: Path, name: str, as_name: str) -> None:
    file = tmp_path / as_name
    file.write_bytes(written(name))
    imported = read_file(file)
    assert imported.format == EXPORTS[name]
    titles = {session.title["en"] for session in imported.agenda.sessions}
    assert titles == {"Session 1", "Session 2", "Session 3"}


@pytest.mark.parametrize("name", [name for name in EXPORTS if name != "agenda.xlsx"])
def test_a_mark_and_space_before_the_text_do_no_harm(tmp_path: Path, name: str) -> None:
    file = tmp_path / "agenda"
    data = written(name)
    file.write_bytes(data)
    plain = read_file(file)
    for before in (b"\xef\xbb\xbf", b"\n\n", b"\xef\xbb\xbf\n"):
        if name == "schedule.xml" and before != b"\xef\xbb\xbf":
            continue  # an XML declaration stands at the very start
        file.write_bytes(before + data)
        assert read_file(file).agenda == plain.agenda


@pytest.mark.parametrize("name", EXPORTS)
def test_the_same_agenda_is_written_in_the_same_bytes(name: str) -> None:
    assert written(name) == written(name)


@pytest.mark.parametrize("name", EXPORTS)
def test_an_agenda_s_own_file_leaves_it_as_it_is(tmp_path: Path, name: str) -> None:
    file = tmp_path / "agenda"
    file.write_bytes(written(name))
    once = merge(None, read_file(file), at=OPENING, first_id=100)
    again = merge(once, read_file(file), at=OPENING, first_id=1000)
    assert again == once


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"sessions": [SESSION], "speakers": [], "categories": [], "rooms": []}, "sessionize"),
        ([{"groupName": "All", "sessions": [SESSION]}], "sessionize"),
        (
            [
                {
                    "code": "ABCDEF",
                    "title": "One",
                    "slot": {
                        "start": "2025-06-03T09:00:00+02:00",
                        "end": "2025-06-03T10:00:00+02:00",
                    },
                }
            ],
            "pretalx",
        ),
    ],
)
def test_the_kinds_of_json_are_told_apart(tmp_path: Path, document: Any, kind: str) -> None:
    file = tmp_path / "agenda"
    file.write_text(json.dumps(document))
    assert read_file(file, timezone="Europe/Warsaw").format == kind


@given(document=JSON)
@example({"schedule": 5})
@example({"schedule": ["conference"]})
@example({"schedule": "conference"})
@example([{"rooms": None}])
@example({"sessions": None, "speakers": None, "categories": None})
def test_any_json_is_read_or_refused(tmp_path: Path, document: Any) -> None:
    file = tmp_path / "agenda"
    file.write_text(json.dumps(document))
    with suppress(Invalid):
        assert read_file(file).agenda.sessions


@given(data=st.binary(max_size=200))
@example(b"\xff\xfe<\x00")
@example(b"PK\x03\x04")
@example(b"BEGIN:VCALENDAR")
@example(b"<\xff")
@example(b"\xef\xbb\xbf")
@example(b"a: \x00")
@example(b"? {")
@example(b"%YAML 9.9\n---\na")
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "agenda"
    file.write_bytes(data)
    with pytest.raises(Invalid):
        read_file(file)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "agenda"
    with file.open("wb") as there:
        there.truncate(MAX_BYTES + 1)  # a hole: it takes no room on the disk
    with pytest.raises(Invalid, match="more than 50,000,000 bytes"):
        read_file(file)


def test_a_file_that_is_none_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is no file"):
        read_file(tmp_path)
    for path in (tmp_path / "no", Path("/dev/null/x"), tmp_path / ("x" * 300)):
        with pytest.raises(Invalid, match="cannot be read"):
            read_file(path)
    (tmp_path / "blank").write_text("\n \n")
    with pytest.raises(Invalid, match="is empty"):
        read_file(tmp_path / "blank")
