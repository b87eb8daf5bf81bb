"""Every driver of Enemado, one line each; the scheme of a device's address chooses.

Imports happen when a driver is first needed, so that a node without chargers never loads their library. A driver is added
here explicitly: nothing is scanned for, which is greppable, typed, and survives freezing.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from backend.drivers.contract import DeviceMisconfigured, ListeningDriver, PollingDriver, Recorded, Scanner

if TYPE_CHECKING:
    from backend.drivers.csvfile.keeping import Memory as FileMemory
    from backend.drivers.memory import Memory
    from backend.model.clock import Clock
    from backend.settings.node import NodeSettings


def _sunspec(settings: "NodeSettings | None", recorded: Recorded | None) -> PollingDriver:
    from backend.drivers.sunspec.driver import SunSpecDriver

    return SunSpecDriver()


def _echonet(settings: "NodeSettings | None", recorded: Recorded | None) -> PollingDriver:
    from backend.drivers.echonet.driver import EchonetDriver

    return EchonetDriver(settings.echonet if settings else None, recorded)


def _ocpp(settings: "NodeSettings", memory: "Memory | None" = None) -> ListeningDriver:
    from backend.drivers.ocpp.central import CentralSystem
    from backend.settings.node import OcppListener

    return CentralSystem(settings.ocpp or OcppListener(), memory)


def _mqtt(settings: "NodeSettings", memory: "Memory | None" = None) -> ListeningDriver:
    from backend.drivers.mqtt.driver import MqttDriver
    from backend.settings.node import MqttBroker

    return MqttDriver(settings.mqtt or MqttBroker(), settings.name, memory)


def _pull(settings: "NodeSettings | None", recorded: Recorded | None) -> PollingDriver:
    from backend.drivers.pull.driver import PullDriver
    from backend.settings.secrets import SecretStore

    if settings is None:
        return PullDriver()
    secrets = SecretStore(settings.cache.parent)
    return PullDriver(lambda key: secrets.read_all([key]).get(key))


def _sparkplug(settings: "NodeSettings", memory: "Memory | None" = None) -> ListeningDriver:
    from backend.drivers.sparkplug.driver import SparkplugDriver
    from backend.settings.node import MqttBroker

    return SparkplugDriver(settings.mqtt or MqttBroker(), settings.name, memory)


def _push(settings: "NodeSettings", memory: "Memory | None" = None) -> ListeningDriver:
    from backend.drivers.push.driver import PushDriver
    from backend.settings.node import PushListener

    return PushDriver(settings.push or PushListener(), memory)


def _sunspec_scan(settings: "NodeSettings | None", memory: "Memory | None", clock: "Clock") -> Scanner:
    from backend.drivers.sunspec.scan import SunSpecScanner

    return SunSpecScanner()


def _echonet_scan(settings: "NodeSettings | None", memory: "Memory | None", clock: "Clock") -> Scanner:
    from backend.drivers.echonet.discovery import EchonetScanner
    from backend.settings.node import EchonetPort

    return EchonetScanner(settings.echonet if settings else EchonetPort())


def _ocpp_scan(settings: "NodeSettings | None", memory: "Memory | None", clock: "Clock") -> Scanner:
    from backend.drivers.ocpp.knocking import KnockingScanner

    return KnockingScanner(memory, clock)


def _mqtt_scan(settings: "NodeSettings | None", memory: "Memory | None", clock: "Clock") -> Scanner:
    from backend.drivers.mqtt.driver import SECRET
    from backend.drivers.mqtt.scan import BrokerScanner
    from backend.settings.secrets import SecretStore

    if settings is None:
        return BrokerScanner(None, lambda: None)
    store = SecretStore(settings.cache.parent)
    return BrokerScanner(settings.mqtt, lambda: store.read_all([SECRET]).get(SECRET))


def _files(settings: "NodeSettings", memory: "FileMemory") -> ListeningDriver:
    from backend.drivers.csvfile.driver import FileDriver, Surroundings

    zones = {site.key: site.timezone for site in settings.sites}
    return FileDriver(Surroundings(zones, settings.cache.parent / "fetched"), memory)


POLLING: Final[dict[str, Callable[["NodeSettings | None", Recorded | None], PollingDriver]]] = {
    "sunspec": _sunspec,
    "echonet": _echonet,
    "http": _pull,
    "https": _pull,
}
"""Drivers for devices that we call; make one per node, it remembers its devices. Without a node both are None."""

LISTENING: Final[dict[str, Callable[["NodeSettings", "Memory | None"], ListeningDriver]]] = {
    "ocpp": _ocpp,
    "mqtt": _mqtt,
    "sparkplug": _sparkplug,
    "push": _push,
}
"""Drivers for devices that call us; the settings tell where to listen, the memory what was recorded before."""

SCANNING: Final[dict[str, Callable[["NodeSettings | None", "Memory | None", "Clock"], Scanner]]] = {
    "sunspec": _sunspec_scan,
    "echonet": _echonet_scan,
    "ocpp": _ocpp_scan,
    "mqtt": _mqtt_scan,
}
"""How devices of a protocol are found; the settings tell where we listen, the memory who knocked. Both may be None."""


COMING: Final[dict[str, Callable[["NodeSettings", "FileMemory"], ListeningDriver]]] = {
    "file": _files,
    "csv+http": _files,
    "csv+https": _files,
}
"""Devices that are files, which come when they come; compared with the memory, so that none counts twice."""

ATTESTED: Final = ("gateway",)
"""Devices that nobody drives: third parties' gateways speak for them over the API."""


def scheme_of(address: str) -> str:
    """``sunspec`` of ``sunspec://host``. Raises ``DeviceMisconfigured`` where no driver knows it."""
    scheme, separator, _ = address.partition("://")
    known = [*POLLING, *LISTENING, *COMING, *ATTESTED]
    if not separator or scheme not in known:
        raise DeviceMisconfigured(f"no driver for {address}; known are {', '.join(known)}")
    return scheme


def polling_driver(address: str) -> PollingDriver:
    """A new driver for a device that we call. Raises ``DeviceMisconfigured`` for any other address."""
    scheme = scheme_of(address)
    if scheme not in POLLING:
        raise DeviceMisconfigured(f"{address}: such a device cannot be asked by us")
    return POLLING[scheme](None, None)
