"""`eventday ticks`: from a paper list into the counts."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gates import NOW, Hall, a_hall

from api.command import main
from badges.face import grouped
from badges.short import short_code
from event import tables
from event.database import Database


@pytest.fixture
def hall(db: Database, tmp_path: Path) -> Hall:
    return a_hall(db, tmp_path)


@pytest.fixture
def run(db: Database, tmp_path: Path) -> Any:
    environment = {
        "EVENTDAY_HOME": str(tmp_path / "home"),
        "EVENTDAY_DATABASE": db.url.render_as_string(hide_password=False),
        "EVENTDAY_CLOCK": "2025-06-04T09:00+02:00,0",
    }

    def invoke(*words: object, typed: str = "") -> Result:
        return CliRunner().invoke(main, ["ticks", *map(str, words)], input=typed, env=environment)

    return invoke


def test_codes_come_from_arguments_files_and_the_keyboard(
    run: Any, hall: Hall, tmp_path: Path
) -> None:
    codes = [short_code(person.holder) for person in hall.people]
    assert run("main", codes[0]).stdout == "1 new, 0 known already, 0 wrong.\n"
    typed = run("main", typed=f"{codes[0].lower()}\n\n {grouped(codes[1])}\nXXX\n")
    assert (typed.exit_code, typed.stdout) == (3, "1 new, 1 known already, 1 wrong.\n")
    assert typed.stderr == "names nobody, look at it again: XXX\n"
    file = tmp_path / "codes.txt"
    file.write_text("\n".join(codes))
    assert run("main", "--file", file).stdout == "1 new, 2 known already, 0 wrong.\n"


def test_ticks_of_yesterday_are_of_yesterday(run: Any, db: Database, hall: Hall) -> None:
    code = short_code(hall.people[0].holder)
    for day, said in (("2025-06-03", "1 new"), ("2025-06-03", "0 new"), ("2025-06-04", "1 new")):
        assert run("main", code, "--day", day).stdout.startswith(said)
    with db.read() as tx:
        moments = tx.execute(tables.scan.select().order_by(tables.scan.c.t_est)).all()
        (passage,) = tx.execute(tables.passage.select()).all()
    noon = NOW + 3 * 3_600_000
    assert [row.t_est for row in moments] == [noon, NOW + 24 * 3_600_000]
    assert (passage.entries, passage.days) == (2, 0b11)


def test_what_cannot_be_ticked_is_refused(run: Any, hall: Hall) -> None:
    code = short_code(hall.people[0].holder)
    for words, advice in (
        (["side", code], "There is no gate"),
        (["main", code, "--day", "2025-06-05"], "2025-06-03 to 2025-06-04"),
        (["main", code, "--day", "today"], "%Y-%m-%d"),
    ):
        refused = run(*words)
        assert refused.exit_code in {1, 2}
        assert advice in refused.stderr
