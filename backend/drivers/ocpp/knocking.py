"""Chargers that knocked and were sent away: they are found in what was recorded, for nobody can look for them."""

from collections.abc import Callable
from typing import Final

from backend.drivers.contract import Area, Found
from backend.drivers.ocpp.recall import Memory
from backend.model.clock import Clock
from backend.model.device import DeviceKind
from backend.model.event import Event, EventKind
from backend.settings.addresses import address_fault

LOOK_BACK_MS: Final = 7 * 86_400_000
_MOST: Final = 1000


class KnockingScanner:
    """Reads refusals; nobody is asked anything."""

    def __init__(self, memory: Memory | None, clock: Clock) -> None:
        self._memory, self._clock = memory, clock

    async def scan(self, area: Area, tell: Callable[[Found], None], step: Callable[[int, int], None]) -> None:
        """Each identity once, the newest first; without a memory nothing."""
        step(0, 1)
        if self._memory is not None:
            now_ms = self._clock.now_ms()
            seen: set[str] = set()
            for event in await self._memory.events(now_ms - LOOK_BACK_MS, now_ms + 1, "node", _MOST):
                address = f"ocpp://{event.data.get('claimed')}"
                if _is_charger(event) and address not in seen and address_fault(address) is None:
                    seen.add(address)
                    tell(Found(address, kind=DeviceKind.CHARGER, seen_ms=event.at_ms))
        step(1, 1)


def _is_charger(event: Event) -> bool:
    """Only this protocol tells what certificate a caller showed."""
    return event.kind is EventKind.DEVICE_REFUSED and "certificate" in event.data and bool(event.data.get("claimed"))
