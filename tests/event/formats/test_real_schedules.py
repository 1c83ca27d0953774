"""Real agendas, found beside the repository: read, stored, exported and read again.

Without those files there is no test here; the same rules are tested with our own in test_files.py
and the tests of each format.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from builders import OPENING
from jsonschema import Draft6Validator
from lxml import etree

from event.agenda.differences import differences
from event.agenda.importing import import_agenda, merged
from event.agenda.rows import load
from event.database import Database
from event.formats.files import read_file, write_file
from event.formats.imported import Imported
from sync.publish import publish

DATA = Path(__file__).parents[4] / "shared" / "data"


class Expected(NamedTuple):
    """What a file holds: its format, sessions, speakers, rooms and how much is lost."""

    format: str
    sessions: int
    speakers: int
    rooms: int
    lost: int = 0


EXPECTED = {
    "34c3_everything.xml": Expected("schedule.xml", 661, 428, 49, 5),
    "camp2019_everything.json": Expected("schedule.json", 606, 282, 61),
    "debconf_pentabarf.xml": Expected("schedule.xml", 181, 126, 6),
    "fosdem2026.xml": Expected("schedule.xml", 1079, 1216, 37),
    "kielux2020.ics": Expected("icalendar", 24, 20, 4),
    "pretalx_democon.json": Expected("schedule.json", 36, 27, 2),
    "pyconfr2024_pretalx_api.json": Expected("pretalx", 68, 72, 11, 2),
    "scottishsummit2026.json": Expected("sessionize", 61, 76, 7, 3),
}
FILES = [DATA / "schedules" / name for name in EXPECTED if (DATA / "schedules" / name).exists()]
EXPORTS = ("schedule.xml", "schedule.json", "agenda.ics", "agenda.yaml", "agenda.xlsx")


class Stored(NamedTuple):
    """A real agenda in a database of its own."""

    name: str
    imported: Imported
    db: Database


if FILES:

    @pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
    def stored(
        request: pytest.FixtureRequest,
        sqlite_template: Path,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Iterator[Stored]:
        """Yield one of the agendas after its import into an empty database."""
        path = tmp_path_factory.mktemp("real") / "eventday.db"
        shutil.copy(sqlite_template, path)
        db = Database(f"sqlite:///{path}")
        imported = read_file(request.param, timezone="Europe/Berlin")
        publish(db, lambda tx: import_agenda(tx, imported, at=OPENING), at=OPENING, by="organiser/")
        yield Stored(request.param.name, imported, db)
        db.close()

    def test_a_real_file_is_read_whole(stored: Stored) -> None:
        agenda = stored.imported.agenda
        lost = [repair for repair in stored.imported.repairs if repair.lost]
        counts = (len(agenda.sessions), len(agenda.speakers), len(agenda.rooms), len(lost))
        assert Expected(stored.imported.format, *counts) == EXPECTED[stored.name]

    def test_a_real_file_again_changes_nothing(stored: Stored) -> None:
        with stored.db.read() as tx:
            current, new = merged(tx, stored.imported, at=OPENING)
        assert current is not None
        assert differences(current, new, now=OPENING) == []

    @pytest.mark.parametrize("name", EXPORTS)
    def test_a_real_agenda_s_export_is_steady_valid_and_changes_nothing(
        stored: Stored, tmp_path: Path, name: str
    ) -> None:
        found = [export(stored.db, name) for _ in range(2)]
        assert found[0] == found[1]
        assert errors(name, found[0]) == []
        (tmp_path / name).write_bytes(found[0])
        again = read_file(tmp_path / name)
        assert [str(repair) for repair in again.repairs if repair.lost] == []
        with stored.db.read() as tx:
            current, new = merged(tx, again, at=OPENING)
        assert current is not None
        assert [str(line) for line in differences(current, new, now=OPENING)] == []

    def export(db: Database, name: str) -> bytes:
        with db.read() as tx:
            private = name in {"agenda.yaml", "agenda.xlsx"}
            agenda = load(tx, public=not private, media=name == "agenda.yaml")
        return write_file(name, agenda, version="1.1", language=None, cancelled="omit")

    def errors(name: str, data: bytes) -> list[str]:
        """Return what the formats' own schemas say against a file."""
        schemas = DATA / "schemas"
        if name == "schedule.xml":
            schema = etree.XMLSchema(etree.parse(schemas / "schedule.xml.xsd"))
            return [] if schema.validate(etree.fromstring(data)) else [str(schema.error_log)]
        if name == "schedule.json":
            rules = json.loads((schemas / "schedule-v1.schema.json").read_bytes())
            return [error.message for error in Draft6Validator(rules).iter_errors(json.loads(data))]
        return []
