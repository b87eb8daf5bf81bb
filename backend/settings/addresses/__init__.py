"""Addresses of devices: what each scheme must look like, one line each."""

from collections.abc import Callable
from typing import Final, NamedTuple

from backend.model.message import Message
from backend.settings.addresses import echonet, files, identity, mqtt, sunspec, web


class Scheme(NamedTuple):
    """How addresses of one scheme are written."""

    fault: Callable[[str], Message | None]
    """What is expected instead, or None where the address is well formed."""
    normal: Callable[[str], str]
    """One spelling of a well-formed address, so that the same device cannot be registered twice."""


SCHEMES: Final[dict[str, Scheme]] = {
    "sunspec": Scheme(sunspec.fault, sunspec.normal),
    "echonet": Scheme(echonet.fault, echonet.normal),
    "ocpp": Scheme(identity.ocpp_fault, identity.as_written),
    "gateway": Scheme(identity.gateway_fault, identity.as_written),
    "mqtt": Scheme(mqtt.mqtt_fault, identity.as_written),
    "sparkplug": Scheme(mqtt.sparkplug_fault, identity.as_written),
    "push": Scheme(web.push_fault, identity.as_written),
    "http": Scheme(web.pull_fault, web.pull_normal),
    "https": Scheme(web.pull_fault, web.pull_normal),
    "file": Scheme(files.folder_fault, files.normal),
    "csv+http": Scheme(files.fetched_fault, files.normal),
    "csv+https": Scheme(files.fetched_fault, files.normal),
}


def address_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    scheme, separator, _ = address.partition("://")
    if not separator or scheme not in SCHEMES:
        return Message(
            "an address that begins with one of: {schemes}",
            {"schemes": ", ".join(f"{known}://" for known in SCHEMES)},
        )
    return SCHEMES[scheme].fault(address)


def normal_address(address: str) -> str:
    """One spelling per device, of a well-formed address."""
    return SCHEMES[address.partition("://")[0]].normal(address)
