"""What a signage screen is set to show; the node writes it into the cache, the face reads it there."""

from dataclasses import dataclass

SCENE_NAMES = ("now", "flow", "history", "environment", "ev")
"""Every scene there is, in the order of the default rotation; the kiosk's index holds the scenes themselves."""
LANGUAGE_CODES = ("en", "ja")
"""Every language that has a catalogue."""


@dataclass(frozen=True, slots=True)
class SceneSlot:
    """One scene of the rotation."""

    name: str
    seconds: float = 15.0


@dataclass(frozen=True, slots=True)
class KioskPlan:
    """The rotation of one screen and how it speaks."""

    site: str
    """Key of the site whose screen this is; other sites of the node appear as the town."""
    scenes: tuple[SceneSlot, ...] = tuple(SceneSlot(name) for name in SCENE_NAMES)
    languages: tuple[str, ...] = ("ja", "en")
    """Main language first; the second stands small beneath."""
    screen_height_mm: float = 685.0
    """Shorter side of the visible picture, its height in landscape; 685 mm is a 55-inch screen."""
    viewing_distance_m: float = 4.0
    motion: bool = True
    """Cross-fades and drifting; off means hard cuts."""
    town: dict[str, str] | None = None
    """Name of the town or owner per language, for headers and footers."""
