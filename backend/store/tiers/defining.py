"""Sites, devices, points and shared documents of this node: kept for faces, and sealed where they are new or changed."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from backend.model.definitions import Definitions, Document
from backend.model.device import Device
from backend.model.point import Point
from backend.model.site import Site
from backend.store.tiers.documents import SHARED, Documents, encode
from backend.store.tiers.meta import Meta
from backend.store.tiers.points import PointTable
from backend.store.tiers.saying import Said, in_batches


class OwnChain(Protocol):
    """This node's own chain, within the caller's transaction."""

    @property
    def said(self) -> Said:
        """What it has said."""
        ...

    def append_definitions(self, definitions: Definitions, now_ms: int) -> None:
        """Seal a batch of definitions alone."""
        ...


class Defining:
    """Writes within the caller's transaction. Where nothing changed, nothing is sealed."""

    def __init__(self, chain: OwnChain, documents: Documents, points: PointTable, meta: Meta) -> None:
        self._chain = chain
        self._documents = documents
        self._points = points
        self._meta = meta

    def define(self, sites: Sequence[Site], devices: Sequence[Device], now_ms: int) -> None:
        """Make these the only sites and devices of this node."""
        of_kind = {
            "site": {site.key: encode(site) for site in sites},
            "device": {device.key: encode(device) for device in devices},
        }
        for kind, bodies in of_kind.items():
            self._documents.replace_own(kind, bodies)
        every = {(kind, key): body for kind, bodies in of_kind.items() for key, body in bodies.items()}
        self._say(self._chain.said.unsaid_documents(every), now_ms)
        self._meta.count_up(Meta.DEFINED)
        self._points.load_settings()

    def number(self, points: Sequence[Point], now_ms: int) -> Mapping[str, int]:
        """Permanent numbers of points."""
        if self._points.take(points):
            self._meta.count_up(Meta.DEFINED)
        self._say(self._chain.said.unsaid_points(self._points.numbered(points)), now_ms)
        return self._points.numbers(points)

    def put(self, kind: str, key: str, document: object, now_ms: int) -> None:
        """Keep a document."""
        body = encode(document)
        if kind in SHARED and self._documents.body(kind, key) != body:
            self._say(Definitions(documents=[Document(kind, key, body)]), now_ms)
        self._documents.put(kind, key, body)

    def say_again(self, now_ms: int) -> None:
        """All that stands, in a chain that has just begun."""
        everything = self._chain.said.everything()
        self._chain.said.forget()
        self._say(everything, now_ms)

    def _say(self, definitions: Definitions, now_ms: int) -> None:
        for several in in_batches(definitions):
            self._chain.append_definitions(several, now_ms)
