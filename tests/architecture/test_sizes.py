"""Files and functions stay small enough to be read in one go."""

import ast
import statistics

from tests.architecture.tree import ROOT, functions, modules

MOST_LINES_OF_FILE = 450
MOST_LINES_OF_FUNCTION = 60
USUAL_LINES_OF_FUNCTION = 30
PRODUCT = ("app", "backend", "kiosk", "packaging")


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_file_is_too_long() -> None:
    lengths = {path: len((ROOT / path).read_text("utf-8").splitlines()) for path in modules()}
    assert {path.as_posix(): n for path, n in lengths.items() if n > MOST_LINES_OF_FILE} == {}


def test_no_function_is_too_long() -> None:
    found = {f"{path.as_posix()}:{function.name}": length(function) for path in modules() for function in functions(path)}
    assert {name: n for name, n in found.items() if n > MOST_LINES_OF_FUNCTION} == {}


def test_most_functions_are_short() -> None:
    lengths = [length(function) for path in modules(*PRODUCT) for function in functions(path)]
    assert statistics.quantiles(lengths, n=10)[-1] <= USUAL_LINES_OF_FUNCTION
