"""The tree holds what it should, and nothing of the machine it was written on."""

import re
from pathlib import Path

from tests.architecture.tree import ROOT, files, pyproject

TOP = {"app", "backend", "kiosk", "assets", "translations", "tests", "packaging", "pyproject.toml", "README.md", "LICENSE"}
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".po", ".sh", ".cfg", ".ini", ".html", ".css", ".js", ".svg", ""}

# Written in two parts, so that this file does not find itself.
HOSTS = ("py" + "pi.org", "python" + "hosted", "npm" + "js.", "deb." + "debian", "google" + "apis", "artifact" + "registry")
MACHINE = re.compile(r"(?<![\w.:~])/(" + "|".join(("wor" + "k", "roo" + "t", "tm" + "p", "op" + "t")) + r")/\w")
OPTIONS = re.compile(r"^\s*--(extra-)?index-url|^\s*--find-links|^\s*--trusted-host", re.MULTILINE)


def texts() -> dict[str, str]:
    found = {path.as_posix(): path for path in files() if path.suffix in TEXT and path != Path("LICENSE")}
    return {name: (ROOT / path).read_text("utf-8", errors="replace") for name, path in found.items()}


def test_the_top_level_is_the_agreed_one() -> None:
    top = {path.parts[0] for path in files()}
    assert {name for name in top if not name.startswith(".")} - TOP == set()


def test_packaging_stays_a_plain_folder() -> None:
    """As a package it would hide the library of the same name."""
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_no_file_names_a_package_registry() -> None:
    assert [name for name, text in texts().items() if any(host in text for host in HOSTS)] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert [name for name, text in texts().items() if MACHINE.search(text)] == []


def test_no_lock_names_an_address() -> None:
    locks = {name: text for name, text in texts().items() if name.startswith("packaging/locks/")}
    assert locks
    assert [name for name, text in locks.items() if OPTIONS.search(text) or "://" in text] == []


def test_every_lock_holds_what_the_project_asks_for() -> None:
    project = pyproject()["project"]
    for role in ("cloud", "desktop", "dev"):
        extras = {"cloud": ["cloud"], "desktop": ["desktop"], "dev": ["desktop", "dev"]}[role]
        wanted = [*project["dependencies"], *(item for extra in extras for item in project["optional-dependencies"][extra])]
        lock = (ROOT / "packaging" / "locks" / f"{role}.txt").read_text("utf-8").lower()
        names = [re.match(r"[\w.-]+", item) for item in wanted]
        assert [name[0] for name in names if name and f"{name[0].lower()}==" not in lock.replace("_", "-")] == [], role


def test_a_cloud_node_installs_no_qt() -> None:
    assert "pyside6" not in (ROOT / "packaging" / "locks" / "cloud.txt").read_text("utf-8").lower()
