"""Pseudo SunSpec devices: registers made from a short description, settable while they are served."""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

from backend.drivers.sunspec.chain import MARKER
from backend.drivers.sunspec.codec import ACCUMULATORS, scaled
from backend.drivers.sunspec.definitions import GroupDefinition, PointDefinition, model_definition
from backend.drivers.sunspec.layout import Place, lay_out
from backend.simulation.modbus import ModbusServer

Settable = int | float | str | None
_SIGNED: Final = {"int16": 1, "int32": 2, "int64": 4, "sunssf": 1}
_END: Final = b"\xff\xff\x00\x00"
_ENDLESS: Final = 60_000


class PseudoModel:
    """The registers of one model; every point starts as not implemented."""

    def __init__(self, model: int, values: Mapping[str, Settable], repeat: int = 1) -> None:
        definition = model_definition(model)
        if definition is None:
            raise ValueError(f"{model} is no standard model")
        self.model = model
        self.places: dict[str, Place] = {}
        self.data = bytearray(2 * _ENDLESS)
        self._lay_out(definition, values, repeat)
        for place in self.places.values():
            self.put_raw(place.path, None)
        self.put_raw("ID", model)
        self.put_raw("L", len(self.data) // 2 - 2)
        factors = {path: value for path, value in values.items() if self.places[path].point.kind == "sunssf"}
        for path, value in factors.items():
            self.put_raw(path, value)
        for path, value in values.items():
            if path not in factors:
                self.put(path, value)

    def put(self, path: str, value: Settable) -> None:
        """Set a point in its own unit; its scale factor must be set. None makes it not implemented."""
        place = self.places[path]
        if isinstance(value, int | float) and place.point.scale is not None:
            self.put_raw(path, round(value / 10.0 ** self._exponent(place)))
        else:
            self.put_raw(path, value)

    def put_raw(self, path: str, value: Settable) -> None:
        """Set a point's registers; integers wrap at their width, as registers do."""
        place = self.places[path]
        start = 2 * place.offset
        self.data[start : start + 2 * place.point.words] = encode(place.point, value)

    def get(self, path: str) -> int | float:
        """A settable integer point in its own unit."""
        place = self.places[path]
        raw = int.from_bytes(self.data[2 * place.offset : 2 * (place.offset + place.point.words)])
        return scaled(raw, self._exponent(place)) if place.point.scale is not None else raw

    def _exponent(self, place: Place) -> int:
        if place.scale_offset is None:
            return place.point.scale if isinstance(place.point.scale, int) else 0
        found: int = struct.unpack_from(">h", self.data, 2 * place.scale_offset)[0]
        return found if -10 <= found <= 10 else 0

    def _lay_out(self, definition: GroupDefinition, values: Mapping[str, Settable], repeat: int) -> None:
        """Size the model: by its own counts where it has some, else by ``repeat``."""
        offset = 0
        for point in definition.points:
            value = values.get(point.name)
            if point.kind in ("count", "uint16") and isinstance(value, int):
                self.data[2 * offset : 2 * offset + 2] = value.to_bytes(2)
            offset += point.words
        uncounted = sum(sum(point.words for point in group.points) for group in definition.groups if group.count == 0)
        words = offset + repeat * uncounted if uncounted else _ENDLESS
        places = lay_out(definition, bytes(self.data), words)
        self.places = {place.path: place for place in places}
        self.data = bytearray(2 * max(place.offset + place.point.words for place in places))


class PseudoDevice:
    """Models behind the marker, as one stretch of registers."""

    def __init__(self, models: Sequence[PseudoModel], base: int = 40000, end: bytes = _END) -> None:
        self.models = {model.model: model for model in models}
        self.chain = list(models)
        self.base = base
        self.end = end

    def read(self, address: int, count: int) -> bytes | None:
        """These registers, or None where one of them does not exist."""
        image = MARKER + b"".join(bytes(model.data) for model in self.chain) + self.end
        start = 2 * (address - self.base)
        return image[start : start + 2 * count] if start >= 0 and start + 2 * count <= len(image) else None

    def put(self, model: int, values: Mapping[str, Settable]) -> None:
        """Set points of a model, in their own units."""
        for path, value in values.items():
            self.models[model].put(path, value)

    def serve(self, units: tuple[int, ...] = (1,), port: int = 0) -> ModbusServer:
        """A server of its own for this device, not yet started."""
        return ModbusServer(self, units, port=port)


def encode(point: PointDefinition, value: Settable) -> bytes:
    """Registers of one point; None gives its "not implemented"."""
    size = 2 * point.words
    if point.kind == "string":
        return str(value or "").encode()[:size].ljust(size, b"\0")
    if point.kind.startswith("float"):
        return struct.pack(">f" if size == 4 else ">d", float("nan") if value is None else value)
    if value is None:
        return _missing(point.kind, size)
    return (int(value) % (1 << 8 * size)).to_bytes(size)


def _missing(kind: str, size: int) -> bytes:
    if kind in _SIGNED or kind == "pad":
        return b"\x80".ljust(size, b"\0")
    if kind in ACCUMULATORS or kind in ("ipaddr", "ipv6addr"):
        return bytes(size)
    return b"\xff" * size


def plate(serial: str, maker: str = "Enemado", model: str = "Pseudo", version: str = "1.0") -> PseudoModel:
    """Model 1."""
    return PseudoModel(1, {"Mn": maker, "Md": model, "Vr": version, "SN": serial, "DA": 1})


def pseudo_inverter(serial: str, strings: int = 2, floats: bool = False, split: bool = False) -> PseudoDevice:
    """A three-phase or split-phase inverter at rest: models 1, 103 or 102 (or their twins) and, with strings, 160."""
    factors = {"A_SF": -1, "V_SF": -1, "W_SF": 0, "Hz_SF": -2, "WH_SF": 0, "DCA_SF": -1, "DCV_SF": -1, "DCW_SF": 0, "Tmp_SF": -1}
    values: dict[str, Settable] = {"A": 0, "PhVphA": 101.0, "W": 0, "Hz": 50.0, "WH": 1000, "DCA": 0, "DCV": 0, "DCW": 0}
    values |= {"TmpCab": 20.0, "St": 2, "Evt1": 0}
    models = [plate(serial), _ac_model(102 if split else 103, factors, values, floats)]
    if strings:
        models.append(PseudoModel(160, {"DCA_SF": -2, "DCV_SF": -1, "DCW_SF": 0, "DCWH_SF": 0, "N": strings}, strings))
    return PseudoDevice(models)


def _ac_model(model: int, factors: Mapping[str, Settable], values: Mapping[str, Settable], floats: bool) -> PseudoModel:
    return PseudoModel(model + 10, values) if floats else PseudoModel(model, {**factors, **values})


def pseudo_meter(serial: str, w_sf: int = 0) -> PseudoDevice:
    """A three-phase meter at the grid connection: models 1 and 203; powers beyond 32 kW need ``w_sf`` 1."""
    factors = {"A_SF": -1, "V_SF": -1, "W_SF": w_sf, "Hz_SF": -2, "TotWh_SF": 0}
    values: dict[str, Settable] = {"A": 0, "PhV": 101.0, "Hz": 50.0, "W": 0, "TotWhExp": 1, "TotWhImp": 1, "Evt": 0}
    return PseudoDevice([plate(serial), PseudoModel(203, factors | values)])


def pseudo_battery(serial: str, capacity_wh: float = 20_000) -> PseudoDevice:
    """A lithium-ion battery at rest, half full: models 1, 802 and 803."""
    factors = {"WHRtg_SF": 1, "SoC_SF": -1, "SoH_SF": -1, "V_SF": -1, "A_SF": -1, "W_SF": 0}
    values: dict[str, Settable] = {
        "WHRtg": capacity_wh,
        "SoC": 50.0,
        "SoH": 98.5,
        "V": 200.0,
        "A": 0.0,
        "W": 0,
        "State": 3,
        "Evt1": 0,
    }
    cells = PseudoModel(803, {"NStr": 1, "ModTmp_SF": -1, "ModTmpAvg": 24.0})
    return PseudoDevice([plate(serial), PseudoModel(802, {**factors, **values}), cells])


def pseudo_station(serial: str) -> PseudoDevice:
    """A weather station: models 1, 307, 302 and 303."""
    weather: dict[str, Settable] = {"TmpAmb": 15.0, "RH": 50, "Pres": 1013, "WndSpd": 2, "WndDir": 180, "Rain": 0}
    return PseudoDevice(
        [
            plate(serial),
            PseudoModel(307, weather),
            PseudoModel(302, {"repeating[0].GHI": 0, "repeating[0].POAI": 0}),
            PseudoModel(303, {"temp[0].TmpBOM": 15.0}),
        ]
    )
