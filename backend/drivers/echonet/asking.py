"""Asking one object for its properties: in pieces that it can answer, and never again for what it refuses."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from backend.drivers.contract import DeviceError, DeviceUnreachable
from backend.drivers.echonet.endpoint import Endpoint, Source
from backend.drivers.echonet.frame import Eoj, Esv, Property

AT_ONCE: Final = 8
"""Properties that most objects answer in one frame."""
_ATTEMPTS: Final = 2
"""A datagram may get lost."""


class Asking:
    """What was learnt of how an object wants to be asked lasts as long as this."""

    def __init__(self, endpoint: Endpoint, to: Source, eoj: Eoj, timeout_s: float) -> None:
        self.eoj = eoj
        self.refused: set[int] = set()
        """Properties that it does not answer although it lists them."""
        self._endpoint, self._to, self._timeout_s = endpoint, to, timeout_s
        self._size = AT_ONCE

    async def one(self, epc: int) -> bytes | None:
        """One property alone, or None where it is refused. Raises ``DeviceError``."""
        return (await self._again((epc,))).get(epc)

    async def get(self, epcs: Collection[int]) -> dict[int, bytes]:
        """What it says of these, as it was learnt to ask; what it refuses is missing. Raises ``DeviceError``."""
        found: dict[int, bytes] = {}
        for piece in _pieces(sorted(set(epcs) - self.refused), self._size):
            found |= await self._again(piece)
        return found

    async def learn(self, epcs: Collection[int]) -> dict[int, bytes]:
        """The same, finding out how many fit into one answer and which are refused.

        Raises ``DeviceError`` where it answers nothing at all.
        """
        found: dict[int, bytes] = {}
        queue = deque(_pieces(sorted(epcs), self._size))
        cut_at: dict[int, int] = {}
        failure: DeviceError | None = None
        while queue:
            piece = queue.popleft()
            if len(piece) > self._size:
                queue.extendleft(reversed(list(_pieces(piece, self._size))))
                continue
            try:
                said = await self._again(piece)
            except DeviceUnreachable as error:
                said, failure = {}, error
            found |= said
            self._size = min([self._size, *(cut_at[epc] for epc in said if epc in cut_at)])
            left = [epc for epc in piece if epc not in said]
            if len(piece) == 1:
                self.refused.update(left)
            elif left:
                cut_at |= dict.fromkeys(left, max(1, len(said) or len(piece) // 2))
                queue.extendleft(reversed(list(_pieces(left, max(1, min(len(left), len(piece) // 2))))))
        if failure is not None and not found:
            raise failure
        self.refused -= found.keys()
        return found

    async def set(self, epc: int, edt: bytes) -> bool:
        """Set a property; False where that is refused. Raises ``DeviceError``."""
        answer = await self._endpoint.ask(self._to, self.eoj, Esv.SETC, (Property(epc, edt),), self._timeout_s)
        return answer.esv is Esv.SET_RES

    async def _again(self, epcs: Sequence[int]) -> dict[int, bytes]:
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self._once(epcs)
            except DeviceUnreachable:
                continue
        return await self._once(epcs)

    async def _once(self, epcs: Sequence[int]) -> dict[int, bytes]:
        wanted = tuple(Property(epc) for epc in epcs)
        answer = await self._endpoint.ask(self._to, self.eoj, Esv.GET, wanted, self._timeout_s)
        return {epc: edt for epc, edt in answer.values.items() if epc in epcs}


def _pieces(epcs: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (epcs[at : at + size] for at in range(0, len(epcs), size))
