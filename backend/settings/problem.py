"""One mistake in a settings file, told so that it can be mended without asking anybody."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.model.message import Message


@dataclass(frozen=True, slots=True)
class Problem:
    """Where it is, what stands there and what should stand there."""

    file: str
    line: int
    """From 1; 0 where the file as a whole cannot be read."""
    key: str
    """Path of the key, such as ``sites.aoba.timezone``; empty for the file as a whole."""
    found: Message
    expected: Message

    def __str__(self) -> str:
        """In English, for logs."""
        return f"{self.file}:{self.line}: {self.key}: found {self.found}; expected {self.expected}"


class SettingsError(Exception):
    """The file cannot be used; nothing was started."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
