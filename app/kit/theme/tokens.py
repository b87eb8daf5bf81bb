"""Colours with a meaning, as ``#rrggbb``. Text tokens keep 7:1 on every light ground of the kiosk, 4.5:1 in the console.

Five of the design's colours are a shade darker here, because as drawn they miss that on the sky or the page ground.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KioskColours:
    """Signage by day and by night."""

    ink: str = "#10243A"
    muted: str = "#2B4159"
    leaf: str = "#0B5035"
    """Good, available, generation; as text."""
    leaf_fill: str = "#2F8F6B"
    """The day's hill, lines."""
    sun: str = "#FFC83A"
    sun_arc: str = "#F2B632"
    blue: str = "#10477C"
    """In use, charging."""
    amber: str = "#5E3D00"
    """Under inspection, warning."""
    red: str = "#881A14"
    grey: str = "#3B4754"
    """No contact."""
    sky: str = "#BFE3F7"
    """Top of a clear day's sky."""
    horizon: str = "#FFF9EC"
    """Bottom of a clear day's sky."""
    card: str = "#FFFFFF"
    footer: str = "#10243A"
    footer_ink: str = "#FFFFFF"
    footer_muted: str = "#C3D2E2"
    footer_leaf: str = "#3CC08C"
    """Dot of what is available, on the footer."""
    footer_blue: str = "#5AA9F7"
    """Dot of what is in use, on the footer."""
    footer_amber: str = "#FFC83A"
    night_sky: str = "#0B1830"
    night_horizon: str = "#22385E"
    night_ink: str = "#FFFFFF"
    night_muted: str = "#C3D2E2"
    dawn_sky: str = "#A9CDEB"
    dawn_horizon: str = "#FFDDB8"


@dataclass(frozen=True, slots=True)
class ConsoleColours:
    """Calm grey; colour only for what is wrong."""

    ink: str = "#1E2A36"
    muted: str = "#5C6A76"
    leaf: str = "#1C7B54"
    blue: str = "#1F6FB2"
    amber: str = "#8A5A00"
    red: str = "#B3261E"
    grey: str = "#5F6E7E"
    """No contact; a little darker than drawn, because it is also text on the page ground."""
    ground: str = "#ECEFF2"
    panel: str = "#FFFFFF"
    line: str = "#D3D9DF"
    side: str = "#F7F9FB"
    selected: str = "#E1E9F3"
    curve: str = "#7C93AC"


@dataclass(frozen=True, slots=True)
class DisasterColours:
    """Black and yellow."""

    ground: str = "#14181F"
    card: str = "#232A35"
    band: str = "#FFD23F"
    band_ink: str = "#14181F"
    ink: str = "#FFFFFF"
    muted: str = "#C9D2DC"
    leaf: str = "#6FE0B0"
    amber: str = "#FFD23F"
    red: str = "#FF9A8F"


KIOSK = KioskColours()
CONSOLE = ConsoleColours()
DISASTER = DisasterColours()


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
