"""Raw values by way of a real control channel, and what is said when there is none."""

import asyncio
from pathlib import Path

from app.console.shell.desk import inspect_device
from app.kit.i18n import texts_for
from backend.api.channel import channel_file
from backend.api.control import Answer, RefusedError, serve_control
from backend.drivers.sunspec.codec import Absence
from backend.model.message import Message

JA, EN = texts_for("ja"), texts_for("en")


async def _inspect(request: Answer) -> Answer:
    if request["device"] != "school/pv":
        raise RefusedError(Message("This node polls no device “{device}”.", {"device": str(request["device"])}))
    power = {"path": "103#0.W", "raw": 1482, "value": 14820.0, "unit": "W", "name": "ac_power", "absent": None}
    reactive = {"path": "103#0.VAr", "raw": -32768, "value": None, "unit": "var", "name": "", "absent": "not implemented"}
    return {"points": [power, reactive]}


async def test_what_a_device_says_comes_through_its_node(tmp_path: Path):
    cache = tmp_path / "cache.enemado"
    async with serve_control(channel_file(cache), {"inspect": _inspect}):
        answer = await asyncio.to_thread(inspect_device, cache, "school/pv", JA)
        refused = await asyncio.to_thread(inspect_device, cache, "school/other", EN)
    assert [(row.path, row.raw, row.value, row.unit, row.absent) for row in answer.rows] == [
        ("103#0.W", "1482", "14,820", "W", ""),
        ("103#0.VAr", "-32768", "", "var", "未実装"),
    ]
    assert (refused.rows, refused.refusal) == ((), "This node polls no device “school/other”.")


async def test_without_a_node_it_says_so(tmp_path: Path):
    answer = await asyncio.to_thread(inspect_device, tmp_path / "cache.enemado", "school/pv", EN)
    assert answer.refusal == "No node is running here"


def test_every_absence_of_the_driver_has_a_word():
    from app.console.shell.desk import _ABSENCES

    assert {absence.value for absence in Absence} == set(_ABSENCES)
