"""What the API answers: the shapes of the OpenAPI description, with examples."""

from backend.api.v1.shapes.base import Page, ProblemShape, Shape
from backend.api.v1.shapes.happenings import ChargerShape, ConnectorShape, EventShape, GapShape, SessionShape
from backend.api.v1.shapes.places import (
    ChildShape,
    DeviceShape,
    NodeShape,
    PlaceShape,
    PointShape,
    SiteShape,
    StatusShape,
    SyncShape,
)
from backend.api.v1.shapes.values import EnergyShape, HistoryShape, RawShape, ReadingShape, ReceiptShape, Severity

__all__ = [
    "ChargerShape",
    "ChildShape",
    "ConnectorShape",
    "DeviceShape",
    "EnergyShape",
    "EventShape",
    "GapShape",
    "HistoryShape",
    "NodeShape",
    "Page",
    "PlaceShape",
    "PointShape",
    "ProblemShape",
    "RawShape",
    "ReadingShape",
    "ReceiptShape",
    "SessionShape",
    "Severity",
    "Shape",
    "SiteShape",
    "StatusShape",
    "SyncShape",
]
