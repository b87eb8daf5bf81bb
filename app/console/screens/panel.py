"""A white panel with a heading and a quiet note beside it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget


class Panel(QFrame):
    """Holds one widget under a heading."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._heading, self._note = _label("heading"), _label("muted")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(16, 12, 16, 10)
        self.head.setSpacing(16)
        self.head.addWidget(self._heading)
        self.head.addWidget(self._note, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSpacing(0)
        box.addLayout(self.head)
        box.addWidget(content, 1)

    @property
    def heading(self) -> str:
        """What stands over the content."""
        return self._heading.text()

    def set_heading(self, heading: str, note: str = "") -> None:
        """Both as plain text."""
        self._heading.setText(heading)
        self._note.setText(note)


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
