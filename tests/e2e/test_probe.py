"""``enemado device probe`` as a person runs it, beside what pysunspec2 reads of the same device."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from backend.simulation.modbus import Dump, Fault, ModbusServer, Registers
from backend.simulation.sunspec import PseudoDevice, PseudoModel, pseudo_inverter
from tests.unit.backend.drivers.sunspec.oracle import oracle_reading

ROOT = Path(__file__).parents[2]
DUMPS = ROOT.parent / "shared" / "data" / "sunspec"


async def probe(address: str, *options: str) -> tuple[int, str, str]:
    """Exit code, output and complaints of the command."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "app.cli", "device", "probe", address, *options),
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1", "LANG": "C.UTF-8", "ENEMADO_LANGUAGE": "en"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, complaints = await process.communicate()
    return process.returncode or 0, out.decode(), complaints.decode()


async def compare(registers: Registers, unit: int) -> list[dict[str, Any]]:
    async with ModbusServer(registers, (unit,)) as server:
        expected = await oracle_reading(server.port, unit)
        code, out, complaints = await probe(f"sunspec://127.0.0.1:{server.port}?unit={unit}", "--json")
    assert (code, complaints) == (0, "")
    points = json.loads(out)["points"]
    assert {point["path"]: point["value"] for point in points} == expected
    assert all((point["absent"] is None) == (point["value"] is not None) for point in points)
    assert all({"path", "value", "unit", "raw", "absent"} <= set(point) for point in points)
    return points


@pytest.mark.parametrize("name", ["emulated_der_700", "sma_sb36_20230810_day", "sma_sb36_20250518_day"])
async def test_real_devices(name: str) -> None:
    file = DUMPS / f"{name}.json"
    if not file.exists():
        pytest.skip(f"{file.name} is not here; the made-up device below covers the same ground")
    assert len(await compare(Dump.from_hex(json.loads(file.read_text("utf-8"))["registers"]), 1)) > 500


async def test_a_made_up_device() -> None:
    curves = PseudoModel(707, {"NPt": 2, "NCrvSet": 2, "V_SF": -1, "Crv[1].MustTrip.Pt[0].V": 99.5})
    inverter = pseudo_inverter("S-1", strings=9)
    inverter.put(160, {"module[3].DCW": 1234})
    points = await compare(PseudoDevice([*inverter.chain, curves]), 126)
    by_path = {point["path"]: point for point in points}
    assert by_path["160#0.module[3].DCW"] | {"name": "mppt4_dc_power"} == by_path["160#0.module[3].DCW"]
    assert (by_path["160#0.module[3].DCW"]["value"], by_path["160#0.module[3].DCW"]["unit"]) == (1234, "W")
    assert by_path["707#0.Crv[1].MustTrip.Pt[0].V"]["value"] == 99.5
    assert by_path["103#0.DCV"]["raw"] == 0


async def test_a_scale_factor_that_is_missing_makes_the_value_absent() -> None:
    pseudo = pseudo_inverter("S-1", strings=0)
    pseudo.models[103].put_raw("W", 777)
    pseudo.models[103].put_raw("W_SF", None)
    async with pseudo.serve() as server:
        _, out, _ = await probe(f"sunspec://127.0.0.1:{server.port}?unit=1", "--json")
    point = next(point for point in json.loads(out)["points"] if point["path"] == "103#0.W")
    assert (point["value"], point["raw"], point["absent"]) == (None, 777, "scale factor not implemented")


async def test_for_people_it_is_a_table_and_the_unit_is_found() -> None:
    async with pseudo_inverter("S-1").serve((247,)) as server:
        code, out, _ = await probe(f"sunspec://127.0.0.1:{server.port}")
    assert code == 0
    assert "serial S-1" in out
    assert "103#0.WH" in out


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.GARBAGE, Fault.HANGS_UP, Fault.SENTINELS])
async def test_what_cannot_be_probed_is_explained(fault: Fault) -> None:
    async with pseudo_inverter("S-1").serve() as server:
        server.fault = fault
        code, out, complaints = await probe(f"sunspec://127.0.0.1:{server.port}?unit=1&timeout=0.2")
    assert code != 0
    assert out == ""
    assert f"sunspec://127.0.0.1:{server.port}" in complaints
    assert "Traceback" not in complaints


@pytest.mark.parametrize(
    "address", ["sunspec://127.0.0.1:1?unit=1&timeout=0.5", "sunspec://h?unit=999", "ocpp://CP-01", "ftp://x"]
)
async def test_addresses_that_cannot_be_probed_are_explained(address: str) -> None:
    code, _, complaints = await probe(address)
    assert code != 0
    assert address in complaints
    assert "Traceback" not in complaints
