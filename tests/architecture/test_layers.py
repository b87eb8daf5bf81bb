"""Who may know whom, beyond what the import contracts in pyproject.toml say; and that those name everybody."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.tree import PRODUCT, ROOT, files, imported, modules, pyproject

QT = {"PySide6", "shiboken6", "pyqtgraph", "qasync"}
INSEPARABLE = {"pydantic_core", "shiboken6"}
"""Halves of libraries that are asked for."""
CONTRACTS = pyproject()["tool"]["importlinter"]["contracts"]
LAYERS = {name.strip(" ()") for layer in CONTRACTS[0]["layers"] for name in layer.split("|")}
INDEPENDENT = {name for contract in CONTRACTS if contract["type"] == "independence" for name in contract["modules"]}


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def test_no_qt_below_the_line() -> None:
    below = [*modules("backend"), Path("app/supervisor.py"), Path("app/cli.py")]
    assert [path.as_posix() for path in below if (ROOT / path).exists() and QT & roots(path)] == []


def test_presenters_know_no_widgets() -> None:
    presenters = [path for path in modules("app") if path.parts[:3] == ("app", "kit", "presenters")]
    assert [path.as_posix() for path in presenters if any("QtWidgets" in name for name in imported(path))] == []


def test_the_supervisor_needs_the_standard_library_only() -> None:
    supervisor = [path for path in modules("app") if path.with_suffix("").parts[:2] == ("app", "supervisor")]
    allowed = sys.stdlib_module_names | {"app"}
    assert {name for path in supervisor for name in roots(path)} - allowed == set()


def test_what_only_a_cloud_has_is_imported_in_one_place() -> None:
    users = [path for path in modules(*PRODUCT) if "asyncpg" in roots(path)]
    assert {path.parent.as_posix() for path in users} == {"backend/store/postgres"}


def test_what_is_imported_is_asked_for() -> None:
    """A library that only comes along with another one may be gone in the next release, or in another role."""
    project = pyproject()["project"]
    extras = project["optional-dependencies"]
    asked = {_distribution(item) for item in [*project["dependencies"], *extras["desktop"], *extras["cloud"]]}
    origin = packages_distributions()
    others = {name for path in modules(*PRODUCT) for name in roots(path)} - sys.stdlib_module_names - set(PRODUCT) - INSEPARABLE
    assert {name for name in others if not asked & {_distribution(item) for item in origin.get(name, [name])}} == set()


def _distribution(requirement: str) -> str:
    return re.split(r"[<>=!~;\[ ]", requirement)[0].lower().replace("_", "-")


def test_the_vocabulary_knows_nobody() -> None:
    model = [path for path in modules("backend") if path.parts[1] == "model"]
    ours = {name for path in model for name in imported(path) if name.split(".")[0] in {"app", "backend", "kiosk"}}
    assert {name for name in ours if not name.startswith("backend.model.")} == set()


def test_the_layer_contract_names_every_room() -> None:
    rooms = {f"backend.{path.parts[1].removesuffix('.py')}" for path in modules("backend") if path.parts[1] != "__init__.py"}
    assert rooms - LAYERS == set()


@pytest.mark.parametrize("folder", ["backend/drivers", "kiosk/scenes", "app/console/screens"])
def test_the_independence_contracts_name_every_sibling(folder: str) -> None:
    depth = len(Path(folder).parts)
    inside = [path for path in files() if path.as_posix().startswith(f"{folder}/") and path.name == "__init__.py"]
    siblings = {".".join(path.parts[: depth + 1]) for path in inside if len(path.parts) > depth + 1}
    assert siblings - INDEPENDENT == set()
