"""Try a device out before it is registered: ask it twice, some seconds apart, and let it tell what it is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from backend.drivers.contract import Describing, Description, Inspectable, PollingDriver, RawPoint, Session
from backend.model.clock import Clock
from backend.model.device import Device, DeviceKind, Nameplate
from backend.model.point import Point
from backend.model.reading import Reading

LONGEST_TRIAL_S = 60.0
Wait = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a device said."""

    device: Device
    """Of the kind that it turned out to be."""
    plate: Nameplate
    description: Description
    points: Sequence[Point]
    before: Mapping[str, Reading]
    readings: Mapping[str, Reading]
    """Of the second time, by the names of its points."""
    at_ms: int
    clock_off_ms: int | None
    """Its own clock minus ours."""


async def try_out(
    device: Device, driver: PollingDriver, clock: Clock, wait: Wait, seconds: float, known_kind: bool = False
) -> Trial:
    """Two polls, ``seconds`` apart. Without ``known_kind`` the device says what it is. Raises ``DeviceError``."""
    session = await driver.open(device, clock)
    try:
        description, off_ms = await _described(session, clock)
        kind = device.kind if known_kind else description.kind or await _guessed(session, device.kind)
        if kind is not device.kind:
            await session.close()
            device = replace(device, kind=kind)
            session = await driver.open(device, clock)
        before = _by_name((await session.poll()).readings)
        if seconds > 0:
            await wait(seconds)
        readings = before | _by_name((await session.poll()).readings)
        return Trial(device, session.plate, description, session.points, before, readings, clock.now_ms(), off_ms)
    finally:
        await session.close()


async def _described(session: Session, clock: Clock) -> tuple[Description, int | None]:
    if not isinstance(session, Describing):
        return Description(), None
    description = await session.describe()
    told_ms = description.clock_ms
    return description, None if told_ms is None else told_ms - clock.now_ms()


async def _guessed(session: Session, usual: DeviceKind) -> DeviceKind:
    """By the names of what it measures, where its driver does not tell."""
    raw: Sequence[RawPoint] = await session.inspect() if isinstance(session, Inspectable) else ()
    names = {point.spec.name for point in session.points} | {point.name for point in raw}
    for name, kind in (
        ("ac_power", DeviceKind.INVERTER),
        ("battery_power", DeviceKind.BATTERY),
        ("grid_power", DeviceKind.METER),
        ("load_power", DeviceKind.METER),
    ):
        if name in names:
            return kind
    return DeviceKind.SENSOR if names - {""} else usual


def _by_name(readings: Sequence[Reading]) -> dict[str, Reading]:
    return {reading.point.rpartition("/")[2]: reading for reading in readings}
