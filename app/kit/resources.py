"""Where assets and translations lie, in a checkout and in a frozen build."""

import sys
from pathlib import Path


def root() -> Path:
    """The folder that holds ``assets/`` and ``translations/``."""
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen) if frozen else Path(__file__).resolve().parents[2]


def assets() -> Path:
    """Fonts, pictures and the demo town."""
    return root() / "assets"


def translations() -> Path:
    """Gettext catalogues, one folder per language."""
    return root() / "translations"
