"""Every sentence with which an edit is refused stands in docs/problems.md, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
FILES = (
    *sorted((ROOT / "event" / "agenda" / "operations").glob("*.py")),
    *(ROOT / "event" / "agenda" / f"{name}.py" for name in ("edit", "undo", "reviews", "rows")),
    ROOT / "event" / "told" / "reach.py",
    *(ROOT / "sync" / f"{name}.py" for name in ("edits", "holds", "plans")),
)
CODES = {"NotFound": "not-found", "Conflict": "conflict", "Stale": "stale", "Invalid": "invalid"}


def refusals(path: Path) -> Iterator[tuple[str, str]]:
    """Yield code and sentence of what a file raises; … stands for what varies."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
            continue
        kind, (sentence, *_) = ast.unparse(node.exc.func), node.exc.args
        if kind in CODES:
            values = sentence.values if isinstance(sentence, ast.JoinedStr) else [sentence]
            said = (str(v.value) if isinstance(v, ast.Constant) else "…" for v in values)
            yield CODES[kind], "".join(said)


def test_every_refusal_of_an_edit_is_documented_and_no_other() -> None:
    section = (ROOT / "docs" / "problems.md").read_text().partition("## What edits")[2]
    documented = set(re.findall(r"^\| `([a-z-]+)` \| (.+?) \| ", section, re.MULTILINE))
    assert documented == {one for path in FILES for one in refusals(path)}
