"""HTTP pull: asks a device for a JSON document and maps it as the settings say."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, cast

from backend.drivers.contract import DeviceGarbled, DeviceUnreachable, RawPoint, Report
from backend.drivers.document import NotJson, read_document
from backend.drivers.mapping import inspect, moment_of, readings_of, serial_of
from backend.drivers.moment import Moment
from backend.drivers.pull.fetching import Fetcher, read_place
from backend.model.clock import Clock
from backend.model.device import Device, Nameplate
from backend.model.mapping import Mapping
from backend.model.point import Point

TIMEOUT_S: Final = 5.0
_MOST_LEAVES: Final = 500
_SLACK_S: Final = 0.2


class PullDriver:
    """Opens sessions with devices that answer GET with JSON."""

    def __init__(self, secret: Callable[[str], str | None] = lambda key: None) -> None:
        """``secret`` may read files: it is asked in a thread."""
        self._secret = secret

    async def open(self, device: Device, clock: Clock) -> "PullSession":
        """Fetch once. Raises ``DeviceError``."""
        place = read_place(device.address, TIMEOUT_S)
        secret = await asyncio.to_thread(self._secret, device.key)
        session = PullSession(device, clock, Fetcher(place, secret), place.timeout_s)
        try:
            await session.identify()
        except BaseException:
            await session.close()
            raise
        return session


class PullSession:
    """One device; its requests run one after the other in a thread of their own."""

    def __init__(self, device: Device, clock: Clock, fetcher: Fetcher, timeout_s: float) -> None:
        self._device, self._clock, self._fetcher, self._timeout_s = device, clock, fetcher, timeout_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"pull {device.key}")
        self._mapping = device.mapping or Mapping(())
        self._plate = Nameplate()
        self._told: Moment | None = None

    @property
    def plate(self) -> Nameplate:
        """The serial number where the settings say in which place it stands."""
        return self._plate

    @property
    def points(self) -> Sequence[Point]:
        """Those of the settings."""
        return [Point(self._device.key, spec) for spec in self._device.points]

    async def identify(self) -> None:
        """Who answers? Raises ``DeviceError``."""
        self._plate = Nameplate(serial=serial_of(self._mapping, await self._document()))

    async def poll(self) -> Report:
        """Fetch and map; what has the time of the last document was told already. Raises ``DeviceError``."""
        document = await self._document()
        serial = serial_of(self._mapping, document)
        if serial != self._plate.serial:
            raise DeviceUnreachable("another device answers")
        moment = self._moment(document)
        if moment.own and moment == self._told:
            return Report(())
        self._told = moment if self._mapping.time else None
        return Report(readings_of(self._device, self._mapping.sources, document, moment))

    async def inspect(self) -> Sequence[RawPoint]:
        """The mapped values; without a mapping, every number of the document. Raises ``DeviceError``."""
        document = await self._document()
        if self._mapping.sources:
            return inspect(self._mapping, document, {spec.name: spec.unit.value for spec in self._device.points})
        return [RawPoint(path, value, "", value) for path, value in _leaves(document, "$")][:_MOST_LEAVES]

    async def close(self) -> None:
        """What is under way ends with its own time-out."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._fetcher.close()

    def _moment(self, document: object) -> Moment:
        """The time of asking is that of the values where the document names none."""
        now_ms = self._clock.now_ms()
        return moment_of(self._mapping, document, now_ms) if self._mapping.time else Moment(now_ms)

    async def _document(self) -> object:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s + _SLACK_S):
                data = await loop.run_in_executor(self._thread, self._fetcher.fetch)
            return read_document(data)
        except TimeoutError as error:
            raise DeviceUnreachable(f"no answer within {self._timeout_s} s") from error
        except NotJson as error:
            raise DeviceGarbled(f"no JSON: {error}") from error


def _leaves(value: object, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from _leaves(inner, f"{path}['{key}']")
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[object]", value)):
            yield from _leaves(inner, f"{path}[{number}]")
