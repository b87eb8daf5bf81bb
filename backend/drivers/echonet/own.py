"""What we say of ourselves to other nodes: a controller that tells its profile and lets nobody set anything."""

import uuid
from typing import Final

from backend.drivers.echonet.frame import CONTROLLER, NODE_PROFILE, Eoj, Esv, Frame, Property
from backend.drivers.echonet.maps import write_instances, write_map

_MAKER: Final = b"\xff\xff\xff"
"""Not a member of the consortium."""
_ID: Final = b"\xfe" + _MAKER + uuid.getnode().to_bytes(6).rjust(13, b"\0")
_COMMON: Final = {0x80: b"\x30", 0x82: b"\x01\x0e\x01\x00", 0x83: _ID, 0x88: b"\x42", 0x8A: _MAKER}
_PROFILE: Final = _COMMON | {
    0xD3: b"\0\0\x01",
    0xD4: b"\0\x02",
    0xD5: write_instances((CONTROLLER,)),
    0xD6: write_instances((CONTROLLER,)),
    0xD7: b"\x01" + CONTROLLER.code.to_bytes(2),
}
_CONTROLLER: Final = _COMMON | {0x82: b"\0\0R\x01", 0x81: b"\0"}


def _with_maps(properties: dict[int, bytes]) -> dict[int, bytes]:
    read = {**properties, 0x9D: write_map((0x80, 0xD5) if 0xD5 in properties else (0x80,)), 0x9E: write_map(())}
    return {**read, 0x9F: write_map((*read, 0x9F))}


OWN_OBJECTS: Final[dict[Eoj, dict[int, bytes]]] = {NODE_PROFILE: _with_maps(_PROFILE), CONTROLLER: _with_maps(_CONTROLLER)}
_REFUSALS: Final = {Esv.SETI: Esv.SETI_SNA, Esv.SETC: Esv.SETC_SNA}


def answer_to(frame: Frame) -> list[Frame]:
    """Our answers to a request, one for each object that is meant; nothing where none of ours is."""
    return [_answer(frame, eoj, says) for eoj, says in OWN_OBJECTS.items() if frame.deoj.covers(eoj)]


def _answer(frame: Frame, eoj: Eoj, says: dict[int, bytes]) -> Frame:
    if frame.esv in _REFUSALS:
        return Frame(frame.tid, eoj, frame.seoj, _REFUSALS[frame.esv], frame.properties)
    told = tuple(Property(each.epc, says.get(each.epc, b"")) for each in frame.properties)
    whole = all(each.edt for each in told)
    if frame.esv is Esv.GET:
        return Frame(frame.tid, eoj, frame.seoj, Esv.GET_RES if whole else Esv.GET_SNA, told)
    return Frame(frame.tid, eoj, frame.seoj, Esv.INF if whole else Esv.INF_SNA, told)
