"""The scenes look as they did when somebody looked at them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.kit.bridge.snapshot import Snapshot
from app.kit.theme import load_fonts
from kiosk.scenes import SCENES
from tests.golden.pictures import check, difference, paint
from tests.support.snapshots import Scenery, town
from tests.support.surroundings import equipped

HD = (1920, 1080)
PORTRAIT = (1080, 1920)
SUMMER = "2026-07-21T14:00:00+09:00"


def whole(scenery: Scenery = Scenery.LIVE, wbgt: float = 14.2, **how: Any) -> Snapshot:
    """The town with everything that a scene can show."""
    return equipped(town(scenery, **how), scenery, wbgt)


PICTURES: dict[str, tuple[str, tuple[int, int], Callable[[], Snapshot]]] = {
    "now_live": ("now", HD, town),
    "now_night": ("now", HD, lambda: town(Scenery.NIGHT)),
    "now_stale": ("now", HD, lambda: town(Scenery.STALE)),
    "now_faulty_en": ("now", HD, lambda: town(Scenery.FAULTY, languages=("en", "ja"), demo=True)),
    "now_dusk": ("now", HD, lambda: town(moment="2026-11-23T16:20:00+09:00")),
    "now_portrait": ("now", PORTRAIT, town),
    "ev_live": ("ev", HD, town),
    "ev_silent": ("ev", HD, lambda: town(Scenery.SILENT)),
    "ev_portrait_night": ("ev", PORTRAIT, lambda: town(Scenery.NIGHT)),
    "environment_live": ("environment", HD, whole),
    "environment_stale": ("environment", HD, lambda: whole(Scenery.STALE)),
    "environment_faulty_en": ("environment", HD, lambda: whole(Scenery.FAULTY, languages=("en", "ja"))),
    "environment_summer": ("environment", PORTRAIT, lambda: whole(wbgt=29.3, moment=SUMMER)),
    "history_live": ("history", HD, whole),
    "history_night_en": ("history", HD, lambda: whole(Scenery.NIGHT, languages=("en", "ja"))),
    "history_portrait": ("history", PORTRAIT, whole),
    "history_empty": ("history", HD, lambda: whole(Scenery.EMPTY)),
    "flow_live": ("flow", HD, whole),
    "flow_night": ("flow", HD, lambda: whole(Scenery.NIGHT)),
    "flow_faulty_en": ("flow", HD, lambda: whole(Scenery.FAULTY, languages=("en", "ja"))),
    "flow_offline": ("flow", HD, lambda: whole(Scenery.OFFLINE)),
    "flow_portrait": ("flow", PORTRAIT, whole),
}


@pytest.fixture(scope="module", autouse=True)
def _fonts(qapp: QApplication) -> None:
    load_fonts()


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name: str, tmp_path: Path) -> None:
    scene_name, size, snapshot = PICTURES[name]
    check(name, _show(scene_name, size, snapshot()), tmp_path)


def test_a_changed_figure_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="differs"):
        check("now_live", _show("now", HD, town(moment="2026-11-23T09:42:00+09:00")), tmp_path)


def test_the_same_moment_paints_the_same_picture() -> None:
    assert difference(_show("now", HD, town()), _show("now", HD, town())) == 0.0


def test_updating_in_place_paints_what_a_fresh_scene_paints() -> None:
    scene = SCENES["now"]()
    scene.resize(*HD)
    for snapshot in (town(Scenery.NIGHT), town(Scenery.FAULTY), town()):
        scene.update_snapshot(snapshot)
        kept = paint(scene, HD)
    assert difference(kept, _show("now", HD, town())) == 0.0


def _show(name: str, size: tuple[int, int], snapshot: Snapshot) -> QImage:
    scene = SCENES[name]()
    scene.resize(*size)
    scene.update_snapshot(snapshot)
    return paint(scene, size)
