"""The repository as the architecture tests see it: its files, its modules and their syntax trees."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("app", "backend", "kiosk")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is tracked or about to be, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(path for path in map(Path, filter(None, listed.split("\0"))) if (ROOT / path).exists()))


def modules(*folders: str) -> tuple[Path, ...]:
    """Python files of these top-level folders; without any, of all."""
    return tuple(path for path in files() if path.suffix == ".py" and (not folders or path.parts[0] in folders))


@cache
def syntax(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse((ROOT / path).read_text("utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """Every module name that this module imports anywhere in it."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of the module."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(path: Path) -> Iterator[ast.Call]:
    """Every call in the module."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Call):
            yield node


@cache
def pyproject() -> dict[str, Any]:
    """The project file."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
