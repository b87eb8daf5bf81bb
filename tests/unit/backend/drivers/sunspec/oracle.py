"""What pysunspec2 itself reads of a device: path to (raw or text, scaled), None for absent."""

import asyncio
from typing import Any

from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP


async def oracle_reading(port: int, unit: int = 1) -> dict[str, Any]:
    """Scaled values by path, as pysunspec2 gives them over a real socket."""
    return await asyncio.to_thread(_scan, port, unit)


def _scan(port: int, unit: int) -> dict[str, Any]:
    device = SunSpecModbusClientDeviceTCP(slave_id=unit, ipaddr="127.0.0.1", ipport=port, timeout=5)
    device.scan()
    found: dict[str, Any] = {}
    for model, instances in device.models.items():
        if isinstance(model, int):
            for instance, group in enumerate(instances):
                if group.model_def:
                    _walk(group, f"{model}#{instance}.", found)
    return found


def _walk(group: Any, prefix: str, found: dict[str, Any]) -> None:
    for name, point in group.points.items():
        scale = point.group.points.get(point.sf) or point.model.points.get(point.sf) if point.sf else None
        found[prefix + name] = None if scale is not None and scale.value is None else point.cvalue
    for name, inner in group.groups.items():
        if isinstance(inner, list):
            for index, each in enumerate(inner):
                _walk(each, f"{prefix}{name}[{index}].", found)
        else:
            _walk(inner, f"{prefix}{name}.", found)
