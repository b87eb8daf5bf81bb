"""Everything that CI checks, step by step, each with its time."""

from __future__ import annotations

import os
import subprocess
import time
from typing import NamedTuple

from steps.environment import PYTHON, ROOT
from steps.texts import say, text

STEP_MINUTES = 15
SUITES = ("architecture", "unit", "contract", "e2e", "faults")


class Outcome(NamedTuple):
    """How one step ended."""

    name: str
    passed: bool
    seconds: float


def run_checks() -> int:
    """Run every step, whatever the earlier ones said; 0 if all passed."""
    began = time.monotonic()
    outcomes = [_run(name, command) for name, command in _steps()]
    return _summary(outcomes, time.monotonic() - began)


def _steps() -> list[tuple[str, list[str]]]:
    python = str(PYTHON)
    steps = [
        ("ruff check", [python, "-m", "ruff", "check"]),
        ("ruff format --check", [python, "-m", "ruff", "format", "--check"]),
        ("pyright", [python, "-m", "pyright"]),
        ("import contracts", [python, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-logo"]),
    ]
    suites = [suite for suite in SUITES if any((ROOT / "tests" / suite).rglob("test_*.py"))]
    return steps + [(f"tests/{suite}", [python, "-m", "pytest", "-q", f"tests/{suite}"]) for suite in suites]


def _run(name: str, command: list[str]) -> Outcome:
    say("step", name=name)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_API": "pyside6", "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    began = time.monotonic()
    try:
        code = subprocess.run(command, cwd=str(ROOT), env=environment, timeout=STEP_MINUTES * 60, check=False).returncode
    except subprocess.TimeoutExpired:
        say("step_timeout", name=name, minutes=STEP_MINUTES)
        code = 1
    return Outcome(name, code == 0, time.monotonic() - began)


def _summary(outcomes: list[Outcome], seconds: float) -> int:
    print(flush=True)
    for outcome in outcomes:
        print(f"{outcome.name:<22} {outcome.seconds:7.1f} s  {text('step_ok' if outcome.passed else 'step_failed')}", flush=True)
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    if failed:
        say("some_failed", failed=len(failed), count=len(outcomes), seconds=seconds, names=", ".join(failed))
        return 1
    say("all_ok", count=len(outcomes), seconds=seconds)
    return 0
