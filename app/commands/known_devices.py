"""What settings and cache know of devices already, as far as either is there."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.commands.cache import read_cache
from app.commands.failure import CommandError
from app.commands.places import which_place
from backend.drivers.contract import Found
from backend.model.device import Device, Nameplate
from backend.settings.addresses import normal_address
from backend.settings.node import NodeSettings
from backend.store.contract import Reader


@dataclass(frozen=True)
class KnownDevices:
    """Registered devices, and the nameplates they showed."""

    settings: NodeSettings | None = None
    place: Path | str | None = None
    """Where their readings are; None where no node has kept any."""
    devices: Sequence[Device] = ()
    plates: Mapping[str, Nameplate] = field(default_factory=dict[str, Nameplate])

    async def reader(self, stack: AsyncExitStack) -> Reader | None:
        """Open until the stack ends; None where there is nothing to read."""
        from backend.store.reader import open_reader

        return await stack.enter_async_context(open_reader(self.place)) if self.place is not None else None

    def key_of(self, found: Found) -> str:
        """Under which key it is registered, by address or by maker and serial number; empty where it is not."""
        spellings = {normal_address(found.address), _of_any_unit(found.address)}
        for device in self.devices:
            if normal_address(device.address) in spellings:
                return device.key
        own = (found.plate.maker, found.plate.serial)
        if not found.plate.serial:
            return ""
        return next((key for key, plate in self.plates.items() if (plate.maker, plate.serial) == own), "")


def known_devices(cache: Path | None, settings: Path | None) -> KnownDevices:
    """From what is named, else from the node started last; nothing where there is none."""
    loaded = _loaded(settings)
    try:
        place = which_place(cache, settings)
    except CommandError:
        place = None
    if isinstance(place, Path) and not place.exists():
        place = None
    if place is None:
        return KnownDevices(loaded, None, loaded.devices if loaded else ())
    devices, plates = read_cache(place, _kept)
    return KnownDevices(loaded, place, loaded.devices if loaded else devices, plates)


def _loaded(settings: Path | None) -> NodeSettings | None:
    if settings is None:
        return None
    from backend.settings import load

    return load(settings)


async def _kept(reader: Reader) -> tuple[Sequence[Device], Mapping[str, Nameplate]]:
    devices = await reader.devices()
    current = {device.key for device in devices}
    plates = {status.device: status.plate for status in await reader.statuses() if status.device in current}
    return devices, plates


def _of_any_unit(address: str) -> str:
    """How the same device stands in settings that leave its unit open."""
    if not address.startswith("sunspec://"):
        return normal_address(address)
    return normal_address(f"sunspec://{urlsplit(address).netloc}?unit=any")
