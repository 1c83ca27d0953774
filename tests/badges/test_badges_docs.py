"""docs/badges.md says what is so."""

import re
from pathlib import Path

import pytest
from faces import sizes

from badges.layout_file import _BOX, _FILE, _LINE, _PAGE, _QR, FIELDS, load, names, read

TEXT = (Path(__file__).parents[2] / "docs" / "badges.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found
    return found[1]


def test_the_layout_shown_is_one() -> None:
    layout = read(block("toml").encode(), "shown")
    assert layout.page == (105, 148)
    assert {box.draw for box in layout.front} == {"text", "qr", "logo", "photo"}


def test_every_key_and_field_is_explained() -> None:
    shown = block("toml")
    for key in {*_FILE, *_PAGE, *_BOX, *_QR} - {"back", "front"}:
        assert re.search(rf"\b{key}\b", shown), key
    for key in _LINE:
        assert f"| `{key}` |" in TEXT
    for field in FIELDS:
        assert f"`{field}`" in TEXT


def test_every_layout_is_listed_with_its_size() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| ([\d.]+ × [\d.]+) mm", TEXT, re.MULTILINE))
    assert rows == {name: "{:g} × {:g}".format(*load(name).page) for name in names()}


def test_the_python_shown_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(block("python"), "docs/badges.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out == "1\n"
    assert sizes((tmp_path / "badges.pdf").read_bytes()) == [(105, 148)]
    assert sizes((tmp_path / "sheets.pdf").read_bytes()) == [(210, 297)]
    assert len(list(tmp_path.iterdir())) == 7
