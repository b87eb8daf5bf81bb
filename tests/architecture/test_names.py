"""Modules say what they are, by name and by docstring."""

import ast

from tests.architecture.tree import modules, syntax

BANNED = {"utils", "util", "helpers", "helper", "common", "misc"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path.as_posix() for path in modules() if BANNED & {path.stem, *path.parts}] == []


def test_every_module_opens_with_a_sentence() -> None:
    documented = {path: ast.get_docstring(syntax(path)) or "" for path in modules() if syntax(path).body}
    assert [path.as_posix() for path, text in documented.items() if not text.split("\n\n")[0].rstrip().endswith((".", ":"))] == []
