"""A text that is not yet in any language: the English key and its values. Faces translate it."""

from dataclasses import dataclass, field

MessageValue = str | int | float


@dataclass(frozen=True, slots=True)
class Message:
    """``Message("{count} devices", {"count": 3})``; Babel extracts the first argument into the catalogues."""

    text: str
    values: dict[str, MessageValue] = field(default_factory=dict[str, MessageValue])

    def __str__(self) -> str:
        """In English, for logs."""
        return self.text.format_map(self.values)
