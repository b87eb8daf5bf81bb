"""A school and the cloud that it sends to, each in a process of its own, and what must be the same in both at the end."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from backend.store.outbox import open_outbox
from backend.store.reader import open_reader
from backend.wire.batch import unseal
from tests.support.chains import held_of, journal, out_of_order, retold
from tests.support.cloud import Cloud, parent_settings
from tests.support.node_process import NODE, Start, cold_start
from tests.support.postgres import Server
from tests.support.school import School
from tests.support.until import until
from tests.support.witness import Fact


class District:
    """Both nodes, enrolled; neither runs yet."""

    def __init__(
        self,
        folder: Path,
        *,
        stores: tuple[str | None, str | None] = (None, None),
        commands: tuple[Sequence[str], Sequence[str]] = (NODE, NODE),
        start: Start = cold_start,
    ) -> None:
        """``stores`` and ``commands`` are the school's and the cloud's."""
        for name in ("school", "cloud"):
            (folder / name).mkdir()
        self.cloud = Cloud(folder / "cloud", store=stores[1], command=commands[1], start=start)
        self.school = School(folder / "school", store=stores[0], command=commands[0], start=start)
        self.cloud.enrol(self.school.cache, self.school.name)
        self.send_to(self.cloud.port)

    def send_to(self, port: int) -> None:
        """Let the school, at its next start, send to this port: the cloud's own, or a bad line's."""
        self.school.extend(parent_settings(port))

    async def start(self) -> None:
        """Let both run, whichever does not."""
        async with asyncio.TaskGroup() as starting:
            for node in (self.school.node, self.cloud.node):
                if not node.runs:
                    starting.create_task(node.start(), name="start")

    @asynccontextmanager
    async def devices(self) -> AsyncGenerator[None]:
        """The school's devices talk; at the end they fall silent, and both nodes are killed if anything went wrong."""
        try:
            async with self.school.devices():
                yield
        except BaseException:
            await self.school.node.kill()
            await self.cloud.node.kill()
            raise

    async def settle(self, limit_s: float = 60.0) -> None:
        """Wait until everything promised stands in the cloud, then let both end in peace."""
        await self.start()
        await self.school.arrived(self.cloud.place, limit_s)
        await self.school.node.stop()
        await self.cloud.node.stop()

    async def fallen(self, server: Server | None, limit_s: float = 60.0) -> None:
        """Wait until the cloud has fallen; or this database, which is started again, and until the cloud takes in more."""
        async with asyncio.timeout(limit_s), open_reader(self.school.place) as reader:
            while self.cloud.node.runs if server is None else server.runs:
                await self.school.watcher.look(reader, 0.05)
        if server is not None:
            await asyncio.to_thread(server.start)
            before = await self._taken()
            await until(lambda: self._has_more(before), limit_s)
            await self.cloud.node.kill()

    async def _taken(self) -> int:
        """The highest sequence number of the school that the cloud holds."""
        held = await held_of(self.cloud.place)
        return max((spans.last for chain, spans in held.items() if chain.node == self.school.name), default=0)

    async def _has_more(self, before: int) -> bool:
        return await self._taken() > before

    async def differences(self) -> list[str]:
        """What is not the same on both sides, byte by byte, and what is delivered by one and not held by the other."""
        ours, theirs = await journal(self.school.place), await journal(self.cloud.place)
        found = [
            f"{chain}: other bytes at {first}"
            for chain in ours
            for first, body in theirs.get(chain, {}).items()
            if ours[chain].get(first) != body
        ]
        held = await held_of(self.cloud.place)
        async with open_outbox(self.school.place) as outbox:
            for state in await outbox.chains():
                missing = [span for span in state.delivered if not held[state.chain].covers(*span)]
                found += [f"{state.chain}: {span} is delivered and not held" for span in missing]
        return found + await retold(self.cloud.place, [self.school.name])

    async def disorder(self) -> list[Fact]:
        """Readings that stand in a chain before what their device had told earlier, in the school or in the cloud."""
        told, found = self.school.told(), list[Fact]()
        for place in (self.school.place, self.cloud.place):
            for chain, batches in (await journal(place)).items():
                if chain.node == self.school.name:
                    found += out_of_order(map(unseal, batches.values()), told)
        return found
