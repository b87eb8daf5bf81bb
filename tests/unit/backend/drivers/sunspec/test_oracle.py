"""Every point of every standard model equals what pysunspec2 itself reads over the same socket."""

import json
import random
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from backend.drivers.contract import RawPoint
from backend.drivers.sunspec.definitions import GroupDefinition, model_definition
from backend.drivers.sunspec.driver import SunSpecDriver
from backend.model.device import Device, DeviceKind
from backend.simulation.modbus import Dump, ModbusServer, Registers
from backend.simulation.sunspec import PseudoDevice, PseudoModel, plate
from tests.support.clock import FakeClock
from tests.unit.backend.drivers.sunspec.oracle import oracle_reading

DUMPS = Path(__file__).parents[6] / "shared" / "data" / "sunspec"
MODELS = sorted(
    int(found[1])
    for file in resources.files("sunspec2").joinpath("models", "json").iterdir()
    if (found := re.fullmatch(r"model_(\d+)\.json", file.name))
)


def count_points(model: int) -> set[str]:
    """Points of the model that say how often its groups repeat."""
    definition = model_definition(model)
    assert definition is not None

    def within(group: GroupDefinition) -> set[str]:
        own = {inner.count for inner in group.groups if isinstance(inner.count, str)}
        return own.union(*(within(inner) for inner in group.groups))

    return within(definition)


async def our_reading(port: int) -> dict[str, RawPoint]:
    device = Device("a/b", "a", DeviceKind.INVERTER, {}, f"sunspec://127.0.0.1:{port}?unit=1")
    session = await SunSpecDriver().open(device, FakeClock())
    points = await session.inspect()
    await session.close()
    assert len({point.path for point in points}) == len(points)
    return {point.path: point for point in points}


async def compare(registers: Registers) -> dict[str, RawPoint]:
    async with ModbusServer(registers) as server:
        expected = await oracle_reading(server.port)
        ours = await our_reading(server.port)
    assert set(ours) == set(expected)
    assert [(path, ours[path], value) for path, value in expected.items() if not same(ours[path].value, value)] == []
    assert [point for point in ours.values() if (point.value is None) != (point.absent is not None)] == []
    return ours


def same(ours: Any, theirs: Any) -> bool:
    return ours == theirs and type(ours) is type(theirs)


@pytest.mark.parametrize("name", ["emulated_der_700", "sma_sb36_20230810_day", "sma_sb36_20250518_day"])
async def test_dumps_of_real_devices(name: str) -> None:
    file = DUMPS / f"{name}.json"
    if not file.exists():
        pytest.skip(f"{file.name} is not here; the made-up devices below cover the same ground")
    ours = await compare(Dump.from_hex(json.loads(file.read_text("utf-8"))["registers"]))
    assert len(ours) > 500


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", [1, 2])
async def test_any_model_with_random_registers(model: int, seed: int) -> None:
    chance = random.Random(f"{model}/{seed}")
    await compare(PseudoDevice([plate("A1"), random_model(model, chance), random_model(model, chance)]))


COUNTED = [model for model in MODELS if count_points(model)]
PLAIN = [
    model
    for model in MODELS
    if model not in COUNTED
    and len((plain := PseudoModel(model, {})).data) <= 2 * 120
    and not any("[" in path for path in plain.places)
]
"""Models without repetition that fit into one request; of longer ones pysunspec2 reads its own length instead of the device's."""


@pytest.mark.parametrize("model", PLAIN)
@pytest.mark.parametrize("extra", [-7, -1, 3])
async def test_models_shorter_or_longer_than_their_definition(model: int, extra: int) -> None:
    chance = random.Random(model)
    pseudo = random_model(model, chance, repeat=1)
    words = max(2, len(pseudo.data) // 2 + extra)
    pseudo.put_raw("L", words - 2)
    pseudo.data = (pseudo.data + bytearray(6))[: 2 * words]
    await compare(PseudoDevice([plate("A1"), pseudo, plate("A2")]))


@pytest.mark.parametrize("model", COUNTED)
async def test_models_that_say_to_have_no_groups(model: int) -> None:
    definition = model_definition(model)
    assert definition is not None
    counts = dict.fromkeys(count_points(model), 1) | {str(group.count): 0 for group in definition.groups if group.count}
    await compare(PseudoDevice([plate("A1"), PseudoModel(model, counts), plate("A2")]))


@pytest.mark.parametrize("model", MODELS)
async def test_any_model_where_nothing_is_implemented(model: int) -> None:
    counts = count_points(model)
    pseudo = PseudoModel(model, dict.fromkeys(counts, 1))
    ours = await compare(PseudoDevice([plate("A1"), pseudo]))
    prefix = f"{model}#{int(model == 1)}."
    spoken = {path for path, point in ours.items() if path.startswith(prefix) and point.absent is None}
    pads = {path for path, place in pseudo.places.items() if place.point.kind == "pad"}
    assert spoken == {prefix + path for path in pads | counts | {"ID", "L"}}


def random_model(model: int, chance: random.Random, repeat: int | None = None) -> PseudoModel:
    counts = {name: chance.randint(1, 3) for name in count_points(model)}
    pseudo = PseudoModel(model, counts, repeat=repeat or chance.randint(1, 4))
    for path, place in pseudo.places.items():
        if path in ("ID", "L", *counts) or chance.random() < 0.2:
            continue
        if place.point.kind == "sunssf":
            pseudo.put_raw(path, chance.randint(-10, 10))
        elif place.point.kind == "string":
            pseudo.put_raw(path, chance.choice(["", "A", "SN 1", "モデル", "x\0y", " blank "]))
        elif place.point.kind.startswith("float"):
            pseudo.put_raw(path, chance.choice([0.0, -1.5, 1e-9, 3.4e38, float("nan"), chance.uniform(-1e6, 1e6)]))
        else:
            edges = [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 63, (1 << 64) - 1]
            pseudo.put_raw(path, chance.choice([chance.getrandbits(64), chance.getrandbits(12), *edges]))
    return pseudo
