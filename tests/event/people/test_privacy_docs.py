"""docs/privacy.md lists every field, and the number of days that are meant."""

import re
from pathlib import Path

from event.people.retention import PURPOSES
from event.tables import booking, metadata, people, schedule, telling

PAGE = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text()


def test_every_column_of_peoples_tables_is_listed_once_and_no_other() -> None:
    modules = vars(people) | vars(schedule) | vars(telling) | {"booking": booking}
    tables = [table for table in metadata.sorted_tables if modules.get(table.name) is table]
    assert len(tables) >= 22
    columns = [f"{table.name}.{column.name}" for table in tables for column in table.columns]
    cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    listed = [name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)]
    assert sorted(listed) == sorted(columns)


def test_every_row_says_why_who_and_how_long() -> None:
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            _, _, why, who, _, long, _ = line.split("|")
            assert why.strip(), line
            assert who.strip(), line
            assert long.strip(), line


def test_the_days_are_those_of_the_code() -> None:
    days = {purpose.name: purpose.days for purpose in PURPOSES}
    for field, purpose in {
        "need.attendee_id": "needs",
        "device.id": "phones",
        "attendee.email": "contact",
        "attendee.given_name": "names",
    }.items():
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{field}`")]
        assert f" {days[purpose]} days" in row.split("|")[5], field
    assert f"notes of the door end after {days['sent']} days" in PAGE
