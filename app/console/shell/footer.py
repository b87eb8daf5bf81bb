"""The line at the foot of the console: node, cloud, losses, cache, clock."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from app.console.style import FOOTER_PX
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import ABSENT, Texts, times
from app.kit.theme import CONSOLE
from backend.model.freshness import node_is_silent

_NEARLY_FULL = 0.9


@dataclass(frozen=True, slots=True)
class Remark:
    """One statement of the footer."""

    text: str
    wrong: bool = False


def remarks_of(snapshot: Snapshot | None, now_ms: int, texts: Texts) -> tuple[Remark, ...]:
    """Is the node writing, is there a cloud, what is lost, how full is the cache."""
    if snapshot is None:
        return (Remark(texts.say("No cache yet"), wrong=True),)
    silent = node_is_silent(now_ms, snapshot.node_seen_ms)
    found = [
        Remark(texts.say("Node silent") if silent else texts.say("Node running"), silent),
        Remark(texts.say("Cloud not set up")),
    ]
    store = snapshot.store
    if store is not None:
        sizes = {"used": str(texts.data_size(store.bytes_used)), "cap": str(texts.data_size(store.bytes_cap))}
        found.append(Remark(texts.say("Lost {count}", count=texts.number(store.lost)), store.lost > 0))
        found.append(Remark(texts.say("Cache {used} / {cap}", **sizes), store.bytes_used > _NEARLY_FULL * store.bytes_cap))
    if snapshot.demo:
        found.append(Remark(texts.say("Demo: pseudo devices")))
    return tuple(found)


def clock_of(snapshot: Snapshot | None, now_ms: int) -> str:
    """Date and time where the screen stands, with the zone."""
    if snapshot is None or not snapshot.sites:
        return ABSENT
    site = snapshot.sites.get(snapshot.plan.site if snapshot.plan else "") or next(iter(snapshot.sites.values()))
    return f"{times.local(now_ms, site.timezone):%Y-%m-%d %H:%M:%S} {times.zone_name(now_ms, site.timezone)}"


class Footer(QFrame):
    """Always answers how the system itself is."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("footer")
        self.setFixedHeight(FOOTER_PX)
        self._labels = tuple(QLabel(textFormat=Qt.TextFormat.PlainText) for _ in range(5))
        self._clock = QLabel(textFormat=Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 24, 0)
        row.setSpacing(36)
        for label in self._labels:
            row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self._clock)

    def show_state(self, snapshot: Snapshot | None, now_ms: int, texts: Texts) -> None:
        """Called every second."""
        remarks = remarks_of(snapshot, now_ms, texts)
        for number, label in enumerate(self._labels):
            remark = remarks[number] if number < len(remarks) else Remark("")
            text = f"▲ {remark.text}" if remark.wrong else remark.text
            if label.text() != text:
                label.setText(text)
                label.setStyleSheet(f"color: {CONSOLE.red}; font-weight: bold;" if remark.wrong else "")
        self._clock.setText(clock_of(snapshot, now_ms))
