"""The documents say what is so."""

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from api.command import main
from api.settings import NAMES
from sync.changes import KINDS, SUBJECTS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def commands(group: click.Group, prefix: str = "eventday") -> list[str]:
    found = []
    for name, command in group.commands.items():
        whole = f"{prefix} {name}"
        found += commands(command, whole) if isinstance(command, click.Group) else [whole]
    return found


def test_every_setting_is_documented_and_no_other() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    assert set(re.findall(r"^\| `(EVENTDAY_\w+)`", text, re.MULTILINE)) == set(NAMES)


def test_every_command_is_documented_and_no_other() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    assert sorted(re.findall(r"^\| `(eventday [a-z -]+)`", text, re.MULTILINE)) == sorted(
        commands(main)
    )


def test_every_make_target_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text()
    declared = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert declared is not None
    described = re.findall(r"^([a-z]+):.*## ", text, re.MULTILINE)
    assert sorted(described) == sorted(declared[1].split())


def test_every_route_is_in_the_guide(app: Flask) -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    for rule in app.url_map.iter_rules():
        route = re.sub(r"<(?:int:)?(?:\w+_)?id>", "{id}", rule.rule).replace(
            "parts/{id}", "parts/{part_id}"
        )
        route = re.sub(r"<(?:any\(.+\):|int:)?(\w+)>", r"{\1}", route)
        if not route.startswith(("/docs", "/v1/sync", "/web", "/{page}")):
            assert route in text, route


def test_every_kind_of_change_is_in_the_guide() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    for word in (*KINDS, *SUBJECTS):
        assert word in text


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


def test_every_file_a_document_names_exists() -> None:
    for path in DOCUMENTS:
        for name in re.findall(r"`((?:api|sync|event|badges|docs|tests|examples)/[\w/.-]+)`",
                               path.read_text()):  # fmt: skip
            assert (ROOT / name).exists(), f"{path.name}: {name}"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
