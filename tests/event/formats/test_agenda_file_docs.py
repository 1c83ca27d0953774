"""What docs/agenda-file.md says of the agenda file is so."""

import json
import re
from pathlib import Path

import pytest

from event.agenda.model import PLACES, State
from event.formats import agenda_file
from event.formats.agenda_yaml.read import read

DOCUMENT = (Path(__file__).parents[3] / "docs" / "agenda-file.md").read_text(encoding="utf-8")
SCHEMA = json.loads(
    Path(agenda_file.__file__).with_name("agenda.schema.json").read_text(encoding="utf-8")
)
ENTRIES = {
    "venues": "venue",
    "rooms": "room",
    "places": "place",
    "tracks": "track",
    "types": "type",
    "speakers": "speaker",
    "sessions": "session",
    "parts": "part",
    "speakers of a session": "role",
    "links and attachments": "link",
    "interpretation": "interpreted",
    "announcements": "announcement",
    "legal": "legal",
    "media": "medium",
}


def examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)


def test_the_first_example_is_ten_lines_and_imports() -> None:
    first = examples()[0]
    assert len(first.splitlines()) == 10
    imported = read(first.encode())
    assert imported.repairs == ()
    opening, robots = imported.agenda.sessions
    assert (opening.room_id, opening.audience, opening.state) == (1, ("everyone",), State.CONFIRMED)
    assert imported.agenda.speakers[robots.speakers[0].speaker_id - 1].name == "Ada Example"


def test_the_session_in_the_examples_imports() -> None:
    head, session = examples()
    text = f"{head}  - {{key: jan, name: Jan Example}}\n".replace(
        "sessions:\n", "sessions:\n" + session
    )
    opening = read(text.encode()).agenda.sessions[0]
    assert [role.role for role in opening.speakers] == ["speaker", "moderator"]
    assert [part.title["en"] for part in opening.parts] == ["Welcome"]


@pytest.mark.parametrize(
    ("title", "entry"),
    [
        ("event", SCHEMA["properties"]["event"]),
        *((title, SCHEMA["$defs"][name]) for title, name in ENTRIES.items()),
    ],
)
def test_the_tables_have_the_keys_of_the_schema(title: str, entry: dict[str, object]) -> None:
    # What may be just one value is a mapping in the second place.
    mapping = entry if "properties" in entry else entry["anyOf"][1]  # type: ignore[index]
    section = re.search(rf"^##+ {title}\n(.*?)(?=^#|\Z)", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert section is not None
    rows = re.findall(r"^\| `(\w+)`( \*)? \| (.*?) \|", section[1], re.MULTILINE)
    assert [key for key, _, _ in rows] == list(mapping["properties"])  # type: ignore[call-overload,index]
    required = [key for key, star, _ in rows if star]
    assert sorted(required) == sorted(mapping.get("required", []))  # type: ignore[union-attr,arg-type]


def test_all_kinds_of_places_are_listed() -> None:
    assert f"`kind` is one of {', '.join(f'`{kind}`' for kind in PLACES)}." in DOCUMENT
