"""What settings may name and what the faces have are the same."""

from app.kit.i18n import available_languages
from backend.model.kiosk import LANGUAGE_CODES, SCENE_NAMES
from kiosk.scenes import SCENES


def test_settings_know_the_scenes_that_there_are() -> None:
    assert tuple(SCENES) == SCENE_NAMES


def test_settings_know_the_languages_that_have_a_catalogue() -> None:
    assert available_languages() == LANGUAGE_CODES
