"""What was found in a file, what is in doubt, and what a person chose: the words in which an import is agreed upon."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backend.model.message import Message

Choices = Mapping[str, str]
"""What a person decided, by key: ``{"zone": "Asia/Tokyo", "column.3": "ac_power:kW"}``."""


class Why(StrEnum):
    """How something is known."""

    FILE = "file"
    """It stands in the file."""
    SEEN = "seen"
    """The values leave no other reading."""
    PROFILE = "profile"
    """Files of this kind are always so."""
    CHOSEN = "chosen"
    """A person said so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is known of a file."""

    key: str
    value: str
    why: Why
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that is not known, and that nobody may guess."""

    key: str
    question: Message
    options: tuple[str, ...] = ()
    """What can be chosen; none where it can be anything."""
    likely: str = ""
    """What speaks most for itself; a person still has to say it."""


@dataclass
class Findings:
    """Collects both while a file is looked at."""

    choices: Choices
    known: list[Finding] = field(default_factory=list[Finding])
    doubts: list[Doubt] = field(default_factory=list[Doubt])

    def know(self, key: str, value: str, why: Why, note: Message | None = None) -> str:
        """Note something that is known; a person's choice comes before it. Gives the value that counts."""
        if key in self.choices:
            value, why, note = self.choices[key], Why.CHOSEN, None
        self.known.append(Finding(key, value, why, note))
        return value

    def ask(self, key: str, question: Message, options: tuple[str, ...] = (), likely: str = "") -> str:
        """What a person chose; where nobody did, it is in doubt from now on, and what is likely stands for the preview."""
        if key in self.choices and (not options or self.choices[key] in options):
            return self.know(key, self.choices[key], Why.CHOSEN)
        self.doubts.append(Doubt(key, question, options, likely))
        return likely


class Unreadable(Exception):
    """The file cannot be imported as it is; the message says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message
