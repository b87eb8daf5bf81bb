"""A school in a test: a node in a process of its own, devices that tell it things, and witnesses outside of it."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.model.delivery import StorageError
from backend.simulation.sunspec import pseudo_inverter
from backend.store.reader import open_reader
from tests.support.node_process import NODE, NodeProcess, Start, cold_start, free_ports
from tests.support.until import until
from tests.support.witness import Fact, Journal, Teller, Watcher, kept

CHARGERS = 4
SETTINGS = """
node: {{name: {name}, cache: {cache}, {store}batch_seconds: 0.5}}
sites:
  {name}:
    name: {{en: School}}
    place: {{latitude: 35.681, longitude: 139.767}}
    timezone: Asia/Tokyo
    devices:
      pcs: {{kind: inverter, name: {{en: Inverter}}, address: "sunspec://127.0.0.1:{modbus}?unit=1", interval_s: 1}}
{chargers}
ocpp: {{host: 127.0.0.1, port: {ocpp}}}
kiosk: {{site: {name}}}
"""
CHARGER = (
    '      ev{0}: {{kind: charger, name: {{en: Charger {0}}}, address: "ocpp://CP-{0}", security: none, '
    "connectors: [{{number: 1, type: J1772, max_w: 6000}}]}}"
)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A store compared with the truth."""

    promised: int
    lost: list[Fact]
    """Acknowledged, and not there."""
    doubled: list[Fact]
    """There more than once, or with two values at one instant."""
    invented: list[Fact]
    """There, and never told by anybody."""

    @property
    def toll(self) -> tuple[int, int, int]:
        """How much is lost, doubled, invented: all zero, or the promise is broken."""
        return len(self.lost), len(self.doubled), len(self.invented)


class School:
    """One node and its devices. Everything lies in ``folder``; the truth is written beside the node, by the devices."""

    def __init__(
        self,
        folder: Path,
        name: str = "school",
        *,
        store: str | None = None,
        command: Sequence[str] = NODE,
        start: Start = cold_start,
    ) -> None:
        """``store`` is a database instead of the cache file."""
        self.name = name
        self.cache = folder / f"{name}.enemado"
        self.place: Path | str = store or self.cache
        self._ports = free_ports(2)
        self.journal = Journal(folder / f"{name}.acknowledged")
        self.settings = folder / f"{name}.yaml"
        self._written = self._settings(store)
        self.extend("")
        self.node = NodeProcess(self.settings, self._ports[0], command, start)
        url = f"ws://127.0.0.1:{self._ports[0]}/ocpp"
        self.tellers = [Teller(url, f"CP-{number}", f"{name}/ev{number}", self.journal) for number in range(CHARGERS)]
        self.watcher = Watcher([f"{name}/pcs/ac_power"])

    def _settings(self, store: str | None) -> str:
        ocpp, modbus = self._ports
        chargers = "\n".join(CHARGER.format(number) for number in range(CHARGERS))
        database = f"store: {store}, " if store else ""
        return SETTINGS.format(name=self.name, cache=self.cache.name, store=database, modbus=modbus, ocpp=ocpp, chargers=chargers)

    def extend(self, lines: str) -> None:
        """Further settings, from the next start on, in place of those that were further before."""
        self.settings.write_text(f"{self._written}{lines}\n")

    @asynccontextmanager
    async def devices(self) -> AsyncGenerator[None]:
        """Chargers and the inverter are there and talk to whatever node runs; at the end they fall silent."""
        inverter = pseudo_inverter("W-1")
        inverter.put(103, {"St": 4, "W": 4321})
        async with inverter.serve(port=self._ports[1]), asyncio.TaskGroup() as tasks:
            telling = [tasks.create_task(teller.run(), name="teller") for teller in self.tellers]
            try:
                yield
            finally:
                for task in telling:
                    task.cancel()

    async def live(self, seconds: float) -> None:
        """Let the node run so long, started where it does not, while somebody reads what it shows."""
        if not self.node.runs:
            await self.node.start()
        async with open_reader(self.place) as reader:
            await self.watcher.look(reader, seconds)

    def promised(self) -> set[Fact]:
        """Everything that was acknowledged to a device or seen by a reader."""
        facts = self.journal.facts()
        assert len(facts) == len(set(facts)), "the witness itself doubled something"
        return set(facts) | self.watcher.seen

    def told(self) -> list[Fact]:
        """Everything that devices ever told, in order for each of them."""
        return self.journal.told()

    async def reckon(self, place: Path | str | None = None) -> Reckoning:
        """What the node's own store, or its parent's, holds of the points that witnesses know."""
        promised, told = self.promised(), set(self.told())
        async with open_reader(place or self.place) as reader:
            found = await kept(reader, {key for key, _, _ in promised})
        return reckoning(promised, told, found)

    async def arrived(self, place: Path | str, limit_s: float = 60.0) -> None:
        """Wait until everything that was promised stands at the parent."""

        async def nothing_is_missing() -> bool:
            try:
                return not (await self.reckon(place)).lost
            except StorageError:
                return False

        await until(nothing_is_missing, limit_s)


def reckoning(promised: set[Fact], told: set[Fact], found: Counter[Fact]) -> Reckoning:
    """Compare what has a value; of points that are polled nobody else knows what was told."""
    found = Counter({fact: count for fact, count in found.items() if not math.isnan(fact[2])})
    instants = Counter((key, at_ms) for key, at_ms, _ in found)
    doubled = [fact for fact, count in found.items() if count > 1 or instants[fact[:2]] > 1]
    witnessed = {key for key, _, _ in told}
    invented = [fact for fact in found if fact[0] in witnessed and fact not in told]
    return Reckoning(len(promised), sorted(promised - set(found)), sorted(doubled), sorted(invented))
