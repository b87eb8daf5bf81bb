"""What screens may ask for: trends from the cache, raw values from the device through its node."""

import asyncio
from asyncio import TaskGroup
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from app.console.screens.contract import Desk, RawAnswer, RawRow, Trend
from app.kit.bridge.bridge import CacheBridge
from app.kit.i18n import ABSENT, Texts
from backend.api.channel import channel_file
from backend.api.client import NodeNotRunning, NodeRefused, ask
from backend.model.message import Message
from backend.store.contract import Level

_INSPECT_TIMEOUT_S = 30.0
_ABSENCES: Mapping[str, Message] = {
    "not implemented": Message("not implemented"),
    "nothing accumulated, or not implemented": Message("nothing accumulated, or not implemented"),
    "scale factor not implemented": Message("scale factor not implemented"),
    "scale factor out of range": Message("scale factor out of range"),
    "beyond the end of the model": Message("beyond the end of the model"),
    "the device refuses to read it": Message("the device refuses to read it"),
    "not text": Message("not text"),
}
"""Why a driver says that there is no value."""


def make_desk(bridge: CacheBridge, tasks: TaskGroup) -> Desk:
    """The desk of a live console."""

    async def trend(point: str, start_ms: int, end_ms: int) -> Trend | None:
        found = await bridge.trend(point, Level.MINUTE, start_ms, end_ms)
        return None if found is None else Trend(point, found.start_ms, found.mean)

    async def inspect(device: str, texts: Texts) -> RawAnswer:
        return await asyncio.to_thread(inspect_device, bridge.cache, device, texts)

    return Desk(tasks, trend, inspect)


def inspect_device(cache: Path, device: str, texts: Texts) -> RawAnswer:
    """Ask the node beside a cache what a device says; blocking."""
    try:
        answer = ask(channel_file(cache), "inspect", timeout_s=_INSPECT_TIMEOUT_S, device=device)
    except NodeNotRunning:
        return RawAnswer(refusal=texts.say("No node is running here"))
    except NodeRefused as refused:
        return RawAnswer(refusal=texts.say_message(refused.message))
    return RawAnswer([_row(found, texts) for found in cast("list[Mapping[str, object]]", answer.get("points") or [])])


def _row(found: Mapping[str, object], texts: Texts) -> RawRow:
    words = {name: _word(found.get(name)) for name in ("path", "raw", "value", "unit", "name")}
    absent = _word(found.get("absent"))
    return RawRow(**words, absent=texts.say_message(_ABSENCES[absent]) if absent in _ABSENCES else absent)


def _word(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return ABSENT if value != value else f"{value:,.6g}"  # noqa: PLR0124 - not a number
    return str(value)
