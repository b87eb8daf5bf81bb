"""Every folder explains itself on one page, and what that page names exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import PRODUCT, ROOT, files

TOP = ("app", "assets", "backend", "kiosk", "packaging", "tests", "translations")
ONE_PAGE = 70
READMES = [path for path in files() if path.name == "README.md"]

_PATH = re.compile(r"[\w-][\w.@-]*(/[\w.@-]+)*/?")
_FILE = re.compile(r"\.(py|md|toml|txt|ttf|json|yaml|po|png|sh|svg)$")
_MODULE = re.compile(r"(app|backend|kiosk|tests)(\.\w+)+")


def folders() -> set[Path]:
    """Top-level folders, and the rooms of the three packages."""
    rooms = {Path(*path.parts[:2]) for path in files() if path.parts[0] in PRODUCT and len(path.parts) > 2}
    return {Path(name) for name in TOP} | rooms


def named_paths(readme: Path) -> Iterator[str]:
    """What stands in backticks and looks like a path of ours."""
    text = re.sub(r"```.*?```", "", (ROOT / readme).read_text("utf-8"), flags=re.DOTALL)
    for token in re.findall(r"`([^`\n]+)`", text):
        if _PATH.fullmatch(token) and (token.endswith("/") or _FILE.search(token) or _begins_here(token, readme)):
            yield token


def _begins_here(token: str, readme: Path) -> bool:
    """``site/device`` is the key of a device; ``backend/model`` is a folder."""
    first, slash, _ = token.partition("/")
    return bool(slash) and any((base / first).exists() for base in (ROOT / readme.parent, ROOT))


def test_every_folder_has_one() -> None:
    assert {folder.as_posix() for folder in folders() if not (ROOT / folder / "README.md").exists()} == set()


@pytest.mark.parametrize("readme", READMES, ids=str)
def test_it_fits_on_a_page(readme: Path) -> None:
    if readme != Path("README.md"):
        assert len((ROOT / readme).read_text("utf-8").splitlines()) <= ONE_PAGE


@pytest.mark.parametrize("readme", READMES, ids=str)
def test_every_path_it_names_exists(readme: Path) -> None:
    bases = [ROOT / readme.parent, ROOT]
    names = {path.name for path in files()}
    assert [name for name in named_paths(readme) if name not in names and not any((base / name).exists() for base in bases)] == []


@pytest.mark.parametrize("readme", READMES, ids=str)
def test_every_module_it_names_exists(readme: Path) -> None:
    tokens = re.findall(r"`([^`\n]+)`", (ROOT / readme).read_text("utf-8"))
    names = [token for token in tokens if _MODULE.fullmatch(token)]
    assert [name for name in names if not _is_module_or_its_name(name)] == []


def _is_module_or_its_name(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    if path.is_dir() or path.with_suffix(".py").exists():
        return True
    owner = next((file for file in (path.parent.with_suffix(".py"), path.parent / "__init__.py") if file.exists()), None)
    return owner is not None and re.search(rf"\b{path.name}\b", owner.read_text("utf-8")) is not None
