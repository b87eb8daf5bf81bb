"""Who may post, how often, and what a post becomes."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from backend.drivers.contract import Secret
from backend.drivers.document import NotJson, read_document
from backend.drivers.mapping import map_document, serial_of
from backend.drivers.repeats import fingerprint
from backend.drivers.tellers import Tellers, Told
from backend.http.allowance import Allowance
from backend.http.problems import Problem
from backend.model.clock import Clock
from backend.model.device import Device, Nameplate
from backend.model.event import Event
from backend.model.mapping import Mapping

SCHEME: Final = "push://"
_PER_SECOND, _BURST = 5.0, 100.0
"""Posts of one device."""
_STRANGERS_PER_SECOND, _STRANGERS_BURST = 0.2, 20.0
"""Wrong keys from one address."""


class Door:
    """Lets in the devices of the settings."""

    def __init__(self, devices: Sequence[Device], tellers: Tellers, clock: Clock, secret: Secret) -> None:
        self._devices = {device.address.removeprefix(SCHEME): device for device in devices}
        self._digests = {device.key: _digest(key) for device in devices if (key := secret(device.key))}
        self._tellers, self._clock = tellers, clock
        self._allowance = Allowance(clock, _PER_SECOND, _BURST)
        self._strangers = Allowance(clock, _STRANGERS_PER_SECOND, _STRANGERS_BURST)

    async def admit(self, name: str, key: str, peer: str) -> Device:
        """The device that posts. Raises ``Problem``; who is unknown and who has the wrong key is answered alike."""
        device = self._devices.get(name)
        known = self._digests.get(device.key, "") if device else ""
        good = hmac.compare_digest(known or _digest(""), _digest(key)) and bool(known)
        if device is None or not good:
            reason = "unknown" if device is None else "password"
            await self._record(self._tellers.strangers.refused(name, peer, reason, "", self._clock.now_ms()))
            self._strangers.take(peer)
            raise Problem(401, "key", "No such device with this key.", {"WWW-Authenticate": 'Bearer realm="enemado"'})
        self._allowance.take(device.key)
        return device

    async def take(self, device: Device, body: bytes, sequence: str) -> int:
        """Keep what a device posts; how many readings that is. Raises ``Problem`` and ``StorageError``."""
        now_ms = self._clock.now_ms()
        try:
            document = read_document(body)
        except NotJson as error:
            await self._record(self._tellers.strangers.malformed(device.key, str(error), body, now_ms))
            raise Problem(422, "invalid", f"body: {error}") from error
        mapping = device.mapping or Mapping(())
        mapped = map_document(device, mapping, document, now_ms)
        mark = None
        if sequence or mapped.moment.own:
            mark = fingerprint("sequence", sequence) if sequence else fingerprint("body", body)
        serial = serial_of(mapping, document)
        plate = Nameplate(serial=serial) if serial else None
        await self._tellers.keep([Told(device.key, mapped.readings, mark=mark, plate=plate)])
        return len(mapped.readings)

    async def _record(self, event: Event | None) -> None:
        if event is not None:
            await self._tellers.keep((), [event])


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
