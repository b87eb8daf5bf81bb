"""Kill -9 of the node while devices write: nothing acknowledged is lost, nothing is doubled (bar 8, R1)."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from backend.simulation.sunspec import PseudoDevice, pseudo_inverter
from backend.store.reader import open_reader
from tests.support.node_process import NodeProcess, free_ports
from tests.support.witness import Fact, Journal, Teller, Watcher, kept

SHORT = 8
CHARGERS = 4
LONGEST_LIFE_S = 2.5
HASTY = ("-m", "tests.support.hasty_node", "node", "--settings")

SETTINGS = """
node: {{name: witness, cache: cache.enemado}}
sites:
  town:
    name: {{en: Town}}
    place: {{latitude: 35.681, longitude: 139.767}}
    timezone: Asia/Tokyo
    devices:
      pcs: {{kind: inverter, name: {{en: Inverter}}, address: "sunspec://127.0.0.1:{modbus}?unit=1", interval_s: 1}}
{chargers}
ocpp: {{host: 127.0.0.1, port: {ocpp}}}
kiosk: {{site: town}}
"""
CHARGER = (
    '      ev{0}: {{kind: charger, name: {{en: Charger {0}}}, address: "ocpp://CP-{0}", security: none, '
    "connectors: [{{number: 1, type: J1772, max_w: 6000}}]}}"
)


def write_settings(folder: Path, ocpp: int, modbus: int) -> Path:
    chargers = "\n".join(CHARGER.format(number) for number in range(CHARGERS))
    path = folder / "node.yaml"
    path.write_text(SETTINGS.format(modbus=modbus, ocpp=ocpp, chargers=chargers))
    return path


class Rehearsal:
    """One node, its devices and its witnesses."""

    def __init__(self, folder: Path, command: tuple[str, ...] | None = None) -> None:
        self._cache = folder / "cache.enemado"
        self._journal = Journal(folder / "acknowledged.jsonl")
        self._ports = free_ports(2)
        settings = write_settings(folder, *self._ports)
        self._node = NodeProcess(settings, self._ports[0], *([command] if command else []))
        url = f"ws://127.0.0.1:{self._ports[0]}/ocpp"
        self.tellers = [Teller(url, f"CP-{number}", f"town/ev{number}", self._journal) for number in range(CHARGERS)]
        self.watcher = Watcher(["town/pcs/ac_power"])

    async def kill(self, times: int, luck: random.Random) -> None:
        """Kill the node at any moment, so many times, and let the last one end in peace."""
        async with inverter(self._ports[1]), asyncio.TaskGroup() as tasks:
            telling = [tasks.create_task(teller.run(), name="teller") for teller in self.tellers]
            for _ in range(times):
                await self._live(luck.uniform(0.05, LONGEST_LIFE_S))
                await self._node.kill()
            await self._live(LONGEST_LIFE_S)
            for task in telling:
                task.cancel()
        await self._node.stop()

    async def _live(self, seconds: float) -> None:
        await self._node.start()
        async with open_reader(self._cache) as reader:
            await self.watcher.look(reader, seconds)

    async def promised(self) -> set[Fact]:
        """Everything that was acknowledged to a device or seen by a reader."""
        facts = self._journal.facts()
        assert len(facts) == len(set(facts)), "the witness itself doubled something"
        return set(facts) | self.watcher.seen

    async def kept(self) -> Counter[Fact]:
        """Everything in the cache about the points that witnesses know."""
        keys = {key for key, _, _ in await self.promised()}
        async with open_reader(self._cache) as reader:
            return await kept(reader, keys)


@asynccontextmanager
async def inverter(port: int) -> AsyncGenerator[PseudoDevice]:
    device = pseudo_inverter("W-1")
    device.put(103, {"St": 4, "W": 4321})
    async with device.serve(port=port):
        yield device


async def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(tmp_path: Path, times: int | None, seed: int) -> None:
    rehearsal, times = Rehearsal(tmp_path), times or SHORT
    await rehearsal.kill(times, random.Random(seed))
    promised, found = await rehearsal.promised(), await rehearsal.kept()
    print(f"{times} kills, {len(promised)} promised, {sum(t.repeated for t in rehearsal.tellers)} repeated")  # noqa: T201
    lost = promised - set(found)
    doubled = {fact: count for fact, count in found.items() if count > 1}
    assert (len(lost), len(doubled)) == (0, 0), f"lost {sorted(lost)[:5]}, doubled {sorted(doubled)[:5]}"
    assert instants(found) == sum(found.values()), "two values of one point at one instant"
    assert min(teller.acknowledged for teller in rehearsal.tellers) > 10 * times
    assert sum(teller.repeated for teller in rehearsal.tellers) > 0
    assert rehearsal.watcher.seen


async def test_a_node_that_acknowledges_too_early_is_found_out(tmp_path: Path, seed: int) -> None:
    rehearsal = Rehearsal(tmp_path, HASTY)
    await rehearsal.kill(2, random.Random(seed))
    assert await rehearsal.promised() - set(await rehearsal.kept())


def instants(found: Counter[Fact]) -> int:
    return len({(key, at_ms) for key, at_ms, _ in found})
