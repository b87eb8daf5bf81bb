"""Choosing, for one device, which place of which block feeds which point."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backend.drivers.sunspec.address import Mounting
from backend.drivers.sunspec.chain import Block
from backend.drivers.sunspec.codec import Absence
from backend.drivers.sunspec.layout import Place, exponent
from backend.drivers.sunspec.tables import SOURCES, Row, Source
from backend.model.device import DeviceKind
from backend.model.point import PointKind, PointSpec

Chain = Mapping[Block, tuple[Place, ...]]
"""Blocks of standard models in their order, with the places of their points."""

_ROLLOVER_BITS = {"acc16": 16, "acc32": 32, "acc64": 64, "uint32": 32, "uint64": 64}
_SWAPPED = {"import_energy": "export_energy", "export_energy": "import_energy"}


@dataclass(frozen=True, slots=True)
class Feed:
    """One of our points and where its value comes from."""

    spec: PointSpec
    block: Block
    place: Place
    source: Source
    factor: float = 1.0


def models_wanted(kind: DeviceKind) -> frozenset[int]:
    """Numbers of the models that may feed a device of this kind."""
    return frozenset(model for source in SOURCES[kind] for model in source.models)


def choose(kind: DeviceKind, chain: Chain, mounting: Mounting = Mounting.STANDARD, instance: int = 0) -> tuple[Feed, ...]:
    """At most one feed per point name, by the order of the tables and of the chain alone."""
    feeds: dict[str, Feed] = {}
    for source in SOURCES[kind]:
        block = _block(source.models, chain, instance)
        if block is None:
            continue
        places = {place.path: place for place in chain[block]}
        for row in source.rows:
            for place, spec in _matches(row, places):
                feeds.setdefault(spec.name, Feed(spec, block, place, source, row.factor))
    return tuple(_mounted(feed, mounting) for feed in feeds.values())


def with_modulus(feed: Feed, data: bytes) -> PointSpec:
    """The feed's point with the value at which its register rolls over, once its scale factor is known."""
    bits = _ROLLOVER_BITS.get(feed.place.point.kind)
    if bits is None or feed.spec.kind is not PointKind.ACCUMULATING:
        return feed.spec
    power = exponent(feed.place, data)
    return feed.spec if isinstance(power, Absence) else replace(feed.spec, modulus=2.0**bits * 10.0**power)


def _block(models: Sequence[int], chain: Chain, instance: int) -> Block | None:
    found = {block.model: block for block in chain if block.instance == instance}
    return next((found[model] for model in models if model in found), None)


def _matches(row: Row, places: Mapping[str, Place]) -> Iterator[tuple[Place, PointSpec]]:
    if "[*]" not in row.path:
        if place := places.get(row.path):
            yield place, row.spec
        return
    index = 0
    while place := places.get(row.path.replace("*", str(index))):
        index += 1
        yield place, row.instance(row.spec, index)


def _mounted(feed: Feed, mounting: Mounting) -> Feed:
    if mounting is Mounting.STANDARD:
        return feed
    if feed.spec.name == "grid_power":
        return replace(feed, factor=-feed.factor)
    if mounting is Mounting.REVERSED and feed.spec.name in _SWAPPED:
        return replace(feed, spec=replace(feed.spec, name=_SWAPPED[feed.spec.name]))
    return feed
