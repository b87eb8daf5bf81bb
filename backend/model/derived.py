"""Where the values stand that are computed for a whole site from what its devices say."""

from collections.abc import Iterable
from typing import Final

from backend.model.device import Device, DeviceKind

DERIVED: Final = "derived"
"""Key of the device, within its site, to which derived values belong; no device of the settings may be called so."""
_USUAL_S: Final = 5.0


def derived_device(site: str) -> str:
    """Key of a site's derived values: ``site/derived``."""
    return f"{site}/{DERIVED}"


def is_derived(device: str) -> bool:
    """Whether a device key is that of a site's derived values."""
    return device.endswith(f"/{DERIVED}")


def derived_interval_s(devices: Iterable[Device]) -> float:
    """Longest expected time between a site's derived values, given its devices: as the slowest of those that are asked.

    Chargers tell little while nobody charges, and nothing waits for them where others are asked.
    """
    several = list(devices)
    asked = [device.interval_s for device in several if device.kind is not DeviceKind.CHARGER]
    return max(asked or [device.interval_s for device in several], default=_USUAL_S)


def as_device(site: str, devices: Iterable[Device]) -> Device:
    """A site's derived values as if they were a device, given all devices that are known; it stands in no settings."""
    own = [device for device in devices if device.site == site]
    return Device(derived_device(site), site, DeviceKind.METER, {}, "", interval_s=derived_interval_s(own))
