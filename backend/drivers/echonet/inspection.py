"""Everything an object says, raw beside decoded. Pure."""

from collections.abc import Collection, Sequence

from backend.drivers.contract import RawPoint
from backend.drivers.echonet.feeds import Feed, value_of
from backend.drivers.echonet.frame import Eoj
from backend.drivers.echonet.number import Absence
from backend.drivers.echonet.tables.rows import Values

_TEXTS = (0x8C, 0x8D)
_TIME = 0x97
_DATE = 0x98


def explain(eoj: Eoj, listed: Collection[int], values: Values, feeds: Sequence[Feed]) -> list[RawPoint]:
    """A line for each property that feeds a point, for each point; for any other property one with its bytes."""
    found: list[RawPoint] = []
    for epc in sorted(listed):
        edt = values.get(epc)
        path = f"{eoj}.{epc:02X}"
        fed = [feed for feed in feeds if feed.epc == epc]
        if edt is None:
            found.append(RawPoint(path, None, "", None, str(Absence.REFUSED)))
        elif fed:
            each = [path] if len(fed) == 1 else [f"{path}[{index}]" for index in range(len(fed))]
            found += [_fed(part, feed, edt) for part, feed in zip(each, fed, strict=True)]
        else:
            found.append(RawPoint(path, _readable(epc, edt), "", edt.hex()))
    return found


def _fed(path: str, feed: Feed, edt: bytes) -> RawPoint:
    value = value_of(feed, edt)
    absent = str(value) if isinstance(value, Absence) else None
    return RawPoint(path, None if absent else value, feed.spec.unit.value, edt.hex(), absent, feed.spec.name)


def _readable(epc: int, edt: bytes) -> str:
    """What every class writes alike; all else stays as it is."""
    if epc in _TEXTS:
        return edt.decode("ascii", "replace").strip(" \0")
    if epc == _TIME and len(edt) == 2:
        return f"{edt[0]:02}:{edt[1]:02}"
    if epc == _DATE and len(edt) == 4:
        return f"{int.from_bytes(edt[:2]):04}-{edt[2]:02}-{edt[3]:02}"
    return edt.hex()
