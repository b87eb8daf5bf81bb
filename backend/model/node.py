"""What a node tells faces about itself, and the curves it computes for them."""

from dataclasses import dataclass

from backend.model.clock import ClockAnchor


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """Kept under ("node", "main") at every start."""

    name: str
    version: str
    clock: ClockAnchor
    demo: bool = False
    """True while pseudo devices feed the node: every screen says so."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Power over a site's day in equal steps; kept under ("clear_sky", "<site>/<ISO date>")."""

    start_ms: int
    step_ms: int
    power_w: tuple[float, ...]
    """Value ``i`` stands for the middle of step ``i``: ``start_ms + (i + 0.5) * step_ms``."""
