"""How much of ours a module brings along, for those who port it."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OTHERS = sys.stdlib_module_names | {"cryptography"}


def files_of(module: str, *, packages: frozenset[str] = frozenset()) -> dict[str, int]:
    """Return the lines of each of our modules that one imports, however deep; itself is one.

    What else it imports has to be the standard library or cryptography.
    """
    names, found = [module], dict[str, int]()
    while names:
        name = names.pop()
        file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
        if not file.exists():
            is_inside = ROOT.joinpath(*name.split(".")[:-1]).with_suffix(".py").exists()
            assert is_inside or name.split(".")[0] in OTHERS | packages, name
            continue
        found[name] = len(file.read_text().splitlines())
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names += {alias.name for alias in node.names} - found.keys()
            if isinstance(node, ast.ImportFrom):
                inside = {f"{node.module}.{alias.name}" for alias in node.names}
                names += {node.module or "", *inside} - found.keys()
    return found
