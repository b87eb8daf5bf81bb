"""Comparing a painted scene with the picture that was once looked at and found good."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

FOLDER = Path(__file__).parent
AUDIT = "ENEMADO_AUDIT"
"""Set in the environment, it makes every comparison keep the new picture as the good one: look before committing."""
_SHRINK = 2
_VISIBLE = 24
"""Difference of a channel, of 255, that an eye would notice."""
_TOLERATED = 0.003
"""Share of pixels that may differ visibly: edges of letters and curves on another processor."""


def paint(widget: QWidget, size: tuple[int, int]) -> QImage:
    """The widget's picture at half its size."""
    widget.resize(*size)
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    half = QSize(size[0] // _SHRINK, size[1] // _SHRINK)
    return image.scaled(half, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)


def difference(first: QImage, second: QImage) -> float:
    """Share of pixels that differ visibly; 1 for pictures of different sizes."""
    if first.size() != second.size():
        return 1.0
    apart = np.abs(_pixels(first).astype(np.int16) - _pixels(second).astype(np.int16)).max(axis=2)
    return float(np.count_nonzero(apart > _VISIBLE)) / apart.size


def check(name: str, image: QImage, refused: Path) -> None:
    """Hold an image to its golden picture; what is refused is kept in ``refused``."""
    golden = FOLDER / f"{name}.png"
    if os.environ.get(AUDIT):
        assert image.convertToFormat(QImage.Format.Format_RGB888).save(str(golden), quality=0)
    share = difference(image, QImage(str(golden)).convertToFormat(QImage.Format.Format_RGB32))
    if share > _TOLERATED:
        kept = refused / f"{name}.png"
        image.save(str(kept))
        raise AssertionError(f"{share:.2%} of {name} differs; new picture: {kept}; keep it with {AUDIT}=1")


def _pixels(image: QImage) -> NDArray[np.uint8]:
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : image.width() * 4].reshape(image.height(), image.width(), 4)[:, :, :3]
