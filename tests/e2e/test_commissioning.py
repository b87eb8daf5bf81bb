"""Devices taken into service as a person does it: tried out, checked, written, taken over by a running node, recorded."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.drivers.sunspec.description import EPOCH_2000_MS
from backend.simulation.sunspec import PseudoDevice, PseudoModel, pseudo_inverter, pseudo_meter
from tests.support.command import Enemado, Said
from tests.support.node_process import NodeProcess, free_ports
from tests.support.until import until

SETTINGS = """\
# Settings of a school; this comment stays.
node: {{name: test, cache: cache.db, batch_seconds: 0.2}}
api: {{port: {port}}}

sites:
  aoba:
    name: {{en: Aoba}}       # and so does this one
    place: {{latitude: 20.0, longitude: {longitude}}}
    timezone: UTC
    # below the site
"""


class School:
    """One settings file and its commands; the sun stands high over it, whatever the hour."""

    def __init__(self, folder: Path) -> None:
        self.enemado = Enemado(folder / "data")
        self.file = folder / "node.yaml"
        now = datetime.now(UTC)
        longitude = (12 - now.hour - now.minute / 60) * 15
        [port] = free_ports(1)
        self.file.write_text(SETTINGS.format(port=port, longitude=round(longitude, 1)), "utf-8")
        self.node = NodeProcess(self.file, port)

    async def add(self, address: str, key: str, *more: str, watch: str = "0", typed: str = "") -> Said:
        told = ("--site", "aoba", "--key", key, "--settings", self.file, "--watch", watch)
        return await self.enemado("device", "add", address, *told, *more, typed=typed)

    async def records(self, *device: str) -> list[dict[str, Any]]:
        said = await self.enemado("device", "records", *device, "--settings", self.file, "--format", "json")
        assert said.code == 0, said.err
        return json.loads(said.out)

    async def latest(self) -> dict[str, Any]:
        said = await self.enemado("latest", "--settings", self.file, "--json")
        return {row["point"]: row["value"] for row in json.loads(said.out)} if said.code == 0 else {}

    def text(self) -> str:
        return self.file.read_text("utf-8")


@pytest.fixture
async def school(tmp_path: Path) -> AsyncGenerator[School]:
    found = School(tmp_path)
    yield found
    await found.node.stop()


def roof(serial: str = "S-1", *more: PseudoModel, **values: float | None) -> PseudoDevice:
    device = pseudo_inverter(serial, strings=0)
    device.put(103, {"W": 4200, "WH": 1_000_000, "DCW": 4300, "St": 4, **values})
    return PseudoDevice([*device.chain, *more])


class Counting(PseudoDevice):
    """A meter whose register has grown whenever it is read."""

    def __init__(self, watts: int, register: str) -> None:
        meter = pseudo_meter("M-1")
        super().__init__(meter.chain)
        self._register = register
        self.put(203, {"W": watts})

    def read(self, address: int, count: int) -> bytes | None:
        self.put(203, {self._register: self.models[203].get(self._register) + 1})
        return super().read(address, count)


async def test_without_a_node_the_record_waits_for_it_and_is_kept_once_for_good(school: School) -> None:
    before = school.text()
    rating = PseudoModel(120, {"WRtg": 10_000, "WRtg_SF": 0})
    async with roof("S-1", rating).serve((126,)) as server:
        said = await school.add(
            f"127.0.0.1:{server.port}", "pcs1", "--name", "en=South roof", "--name", "ja=南", "--yes", "--by", "Sato"
        )
        assert said.code == 0, said.err
        assert "No node is running" in said.err
        assert f'address: "sunspec://127.0.0.1:{server.port}?unit=126"' in said.out
        [waiting] = await school.records()
        assert (waiting["by"], waiting["serial"], waiting["waits_for_node"]) == ("Sato", "S-1", True)
        await school.node.start()
        await until(lambda: _holds(school, "aoba/pcs1/ac_power", 4200), 40)
        await school.node.kill()
        await school.node.start()
        [kept] = await school.records("aoba/pcs1")
    assert kept | {"waits_for_node": True} == waiting
    assert kept["readings"]["ac_power W"] == 4200
    assert kept["rated_w"] == 10_000
    lines = school.text().splitlines()
    assert [line for line in lines if line in before.splitlines()] == before.splitlines()
    assert 'name: {en: "South roof", ja: "南"}' in school.text()


async def _holds(school: School, point: str, value: float) -> bool:
    return (await school.latest()).get(point) == value


async def test_a_running_node_takes_devices_over_and_repeats_the_checks(school: School) -> None:
    meter = pseudo_meter("M-1")
    meter.put(203, {"W": -1000})
    async with roof().serve((126,)) as server, meter.serve() as other:
        await school.node.start()
        assert (await school.add(f"127.0.0.1:{server.port}", "pcs1", typed="y\n")).code == 0
        said = await school.add(f"127.0.0.1:{other.port}", "grid", "--yes")
        assert "taken over" in said.out, said
        await until(lambda: _holds(school, "aoba/grid/grid_power", -1000), 40)
        checked = await school.enemado("device", "check", "aoba/grid", "--settings", school.file, "--by", "Ito")
        assert (checked.code, "All checks passed" in checked.out) == (0, True), checked
        meter.put(203, {"W": -9000})
        await until(lambda: _holds(school, "aoba/grid/grid_power", -9000), 40)
        refused = await school.enemado("device", "check", "aoba/grid", "--settings", school.file)
        assert (refused.code, "less than nothing" in refused.out) == (1, True), refused
    acts = [(row["act"], row["by"], row["refused"]) for row in await school.records("aoba/grid")]
    assert [act for act, *_ in acts] == ["checked", "checked", "added"]
    assert [refused for *_, refused in acts] == ["parts", "", ""]
    assert acts[1][1] == "Ito"


async def test_the_same_device_under_another_address_is_refused_unless_somebody_says_why(school: School) -> None:
    async with roof().serve((126,)) as server:
        await school.node.start()
        assert (await school.add(f"127.0.0.1:{server.port}", "pcs1", "--yes")).code == 0
        await until(lambda: _holds(school, "aoba/pcs1/ac_power", 4200), 40)
        before = school.text()
        again = await school.add(f"localhost:{server.port}", "pcs2", "--yes")
        assert (again.code, "serial number S-1 belongs to aoba/pcs1" in again.out) == (1, True), again
        assert "--despite serial" in again.err
        without = await school.add(f"localhost:{server.port}", "pcs2", "--yes", "--despite", "serial")
        assert (without.code, "--because" in without.err) == (2, True)
        assert school.text() == before
        why = ("--despite", "serial", "--because", "a test of the second line")
        assert (await school.add(f"localhost:{server.port}", "pcs2", "--yes", *why)).code == 0
    [row] = await school.records("aoba/pcs2")
    assert (row["refused"], row["despite"], row["because"]) == ("serial", "serial", "a test of the second line")


GIVEN = ("W", "WH", "DCW", "St", "Evt1", "A", "PhVphA", "Hz", "DCA", "DCV", "TmpCab")
DEFECTS = {
    "negative at noon": (lambda: roof(W=-4000, DCW=0), "while the sun stands"),
    "clock an hour off": (lambda: roof("S-1", PseudoModel(122, {"Tms": _seconds() + 3600})), "60 minutes ahead"),
    "rating": (lambda: roof("S-1", PseudoModel(120, {"WRtg": 1000, "WRtg_SF": 0})), "more than its rated power"),
    "silent": (lambda: roof(**dict.fromkeys(GIVEN)), "not a single value"),
}  # fmt: skip


def _seconds() -> int:
    return round(datetime.now(UTC).timestamp() - EPOCH_2000_MS / 1000)


@pytest.mark.parametrize("name", DEFECTS)
async def test_a_defect_is_refused_and_nothing_is_written(school: School, name: str) -> None:
    make, words = DEFECTS[name]
    before = school.text()
    async with make().serve() as server:
        said = await school.add(f"sunspec://127.0.0.1:{server.port}?unit=1", "pcs1", "--kind", "inverter", "--yes")
    assert (said.code, words in said.out) == (1, True), said
    assert school.text() == before
    assert await school.records() == []


@pytest.mark.parametrize(
    ("watts", "register", "found"),
    [(3000, "TotWhImp", ""), (3000, "TotWhExp", "register of export grows"), (-3000, "TotWhImp", "register of import grows")],
)
async def test_swapped_registers_are_seen_while_they_move(school: School, watts: int, register: str, found: str) -> None:
    async with Counting(watts, register).serve() as server:
        said = await school.add(f"sunspec://127.0.0.1:{server.port}?unit=1", "m", "--yes")
    assert (said.code, found in said.out) == (1 if found else 0, True), said


async def test_who_says_no_leaves_everything_as_it_was(school: School) -> None:
    before = school.text()
    async with roof().serve() as server:
        said = await school.add(f"127.0.0.1:{server.port}", "pcs1", typed="n\n")
    assert said.code == 130
    assert school.text() == before
    assert list(school.file.parent.glob("*.bak")) == []


async def test_a_charger_is_registered_without_being_asked(school: School) -> None:
    said = await school.add("ocpp://CP-01", "ev1", "--security", "basic", "--name", "Gate", "--yes")
    assert said.code == 0, said.err
    assert "enemado secret set aoba/ev1" in said.out
    assert "security: basic" in school.text()
    assert [row["kind"] for row in await school.records()] == ["charger"]


@pytest.mark.parametrize(
    ("address", "key", "more"),
    [
        ("sunspec://127.0.0.1:1?unit=1&timeout=0.3", "pcs1", ()),
        ("nonsense://x", "pcs1", ()),
        ("ocpp://CP-01", "Not A Key", ("--security", "basic")),
        ("http://127.0.0.1/x", "json", ()),
    ],
)
async def test_what_cannot_be_added_is_explained(school: School, address: str, key: str, more: tuple[str, ...]) -> None:
    before = school.text()
    said = await school.add(address, key, "--yes", *more)
    assert said.code in (1, 2)
    assert said.err
    assert school.text() == before
