"""Since when values are in doubt: looked up once in the history when a doubt appears, and kept while it lasts."""

from collections.abc import Mapping

import numpy as np

from backend.model.freshness import is_doubtful
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.store.contract import Reader

_REACH_MS = 6 * 3_600_000
"""How far back the beginning is looked for; an older doubt is said to have begun then."""
_MOST_AT_ONCE = 8
"""So many look-ups in one look: a whole town in doubt must not hold a face up."""


class Doubts:
    """Remembers when each doubt began."""

    def __init__(self) -> None:
        self._since_ms: dict[str, int] = {}

    async def renew(self, reader: Reader, latest: Mapping[str, Reading]) -> Mapping[str, int]:
        """When the doubts that are left began, by point key; one that could not be looked up yet is missing."""
        doubtful = [reading for reading in latest.values() if is_doubtful(reading.quality)]
        kept = {r.point: self._since_ms[r.point] for r in doubtful if r.point in self._since_ms}
        new = [reading for reading in doubtful if reading.point not in kept]
        for reading in new[:_MOST_AT_ONCE]:
            kept[reading.point] = await _began_ms(reader, reading)
        self._since_ms = kept
        return dict(kept)


async def _began_ms(reader: Reader, reading: Reading) -> int:
    found = await reader.raw(reading.point, reading.at_ms - _REACH_MS, reading.at_ms + 1)
    sure = np.flatnonzero([not is_doubtful(Quality(int(code))) for code in found.quality])
    first = int(sure[-1]) + 1 if len(sure) else 0
    return int(found.at_ms[first]) if first < len(found) else reading.at_ms
