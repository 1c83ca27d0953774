"""What is installed is what is here: no folder or file is forgotten in pyproject.toml."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
OURS = ("api", "badges", "event", "sync")
DEVELOPERS = {"package.json", "package-lock.json"}


def test_every_package_is_installed() -> None:
    folders = (path.parent for name in OURS for path in (ROOT / name).rglob("__init__.py"))
    here = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert set(SETUPTOOLS["packages"]) == here | {"web"}


def test_every_file_that_is_no_module_is_installed_too() -> None:
    forgotten = []
    for path in (path for name in (*OURS, "web") for path in (ROOT / name).rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.is_dir() or {"__pycache__", "node_modules"} & {*parts} or path.name in DEVELOPERS:
            continue
        if path.suffix == ".py" and parts[0] != "web":
            continue
        if not any(_has(parts, *data) for data in SETUPTOOLS["package-data"].items()):
            forgotten.append("/".join(parts))
    assert forgotten == []


def _has(parts: tuple[str, ...], package: str, patterns: list[str]) -> bool:
    folder = tuple(package.split("."))
    rest = "/".join(parts[len(folder) :])
    return parts[: len(folder)] == folder and any(fnmatch(rest, one) for one in patterns)
