"""One supervised task per polled device: open, poll, time out, back off, report the edge."""

from backend.collector.collector import Collector, InspectionError

__all__ = ["Collector", "InspectionError"]
