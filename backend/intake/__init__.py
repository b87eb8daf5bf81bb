"""The spine: the one way in for readings, events and states."""

from backend.intake.intake import Intake, Limits, open_intake

__all__ = ["Intake", "Limits", "open_intake"]
