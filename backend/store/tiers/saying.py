"""What this node's present chain has said of its points, sites and devices: whatever differs from that is said anew."""

from collections.abc import Iterable, Iterator, Mapping

from backend.model.definitions import Definitions, Document, NumberedPoint
from backend.model.point import Point
from backend.store.tiers.tables import Tables
from backend.wire.batch import unseal

LASTING = ("site", "device")
MOST_DEFINITIONS = 1000
"""In one batch: well below what one parcel holds."""


class Said:
    """Read again out of the defining batches after a failure; true once the caller's transaction has committed."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._points: dict[int, Point] = {}
        self._documents: dict[tuple[str, str], bytes] = {}

    def load(self, origin: int) -> None:
        """Take up what the chain of this number has said."""
        self.forget()
        for (body,) in self._tables.execute("SELECT body FROM defining WHERE origin = ? ORDER BY first", (origin,)):
            self.take(unseal(body).definitions)

    def forget(self) -> None:
        """Nothing is said yet: a new chain begins."""
        self._points.clear()
        self._documents.clear()

    def take(self, definitions: Definitions) -> None:
        """Remember what a batch of this chain says."""
        self._points.update((numbered.number, numbered.point) for numbered in definitions.points)
        for document in definitions.documents:
            if document.kind not in LASTING:
                continue
            if document.body is None:
                self._documents.pop((document.kind, document.key), None)
            else:
                self._documents[document.kind, document.key] = document.body

    def unsaid_points(self, points: Iterable[NumberedPoint]) -> Definitions:
        """Those that are new or changed."""
        return Definitions(points=[each for each in points if self._points.get(each.number) != each.point])

    def unsaid_documents(self, documents: Mapping[tuple[str, str], bytes]) -> Definitions:
        """New and changed ones, and those that are no more among these, which are all there are."""
        fresh = [Document(*key, body) for key, body in documents.items() if self._documents.get(key) != body]
        gone = [Document(*key, None) for key in self._documents if key not in documents]
        return Definitions(documents=[*fresh, *gone])

    def everything(self) -> Definitions:
        """All that stands, for a chain that begins now and has to say it again."""
        points = [NumberedPoint(*each) for each in self._points.items()]
        return Definitions(points, [Document(*key, body) for key, body in self._documents.items()])


def in_batches(definitions: Definitions) -> Iterator[Definitions]:
    """As many at a time as one batch holds."""
    points, documents = definitions.points, definitions.documents
    for start in range(0, len(points), MOST_DEFINITIONS):
        yield Definitions(points=points[start : start + MOST_DEFINITIONS])
    for start in range(0, len(documents), MOST_DEFINITIONS):
        yield Definitions(documents=documents[start : start + MOST_DEFINITIONS])
