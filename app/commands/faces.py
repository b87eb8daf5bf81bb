"""``enemado kiosk`` and ``enemado console``: the faces, with a node beside them where none is running."""

from app.commands.children import node_beside, watch_face
from app.commands.options import CacheOption, SettingsOption
from app.commands.places import which_cache
from app.commands.speech import say


def kiosk(cache: CacheOption = None, settings: SettingsOption = None) -> int:
    """Open the full-screen signage; keeps a node running beside it."""
    return _face("kiosk", cache, settings)


def console(cache: CacheOption = None, settings: SettingsOption = None) -> int:
    """Open the operator console; keeps a node running beside it."""
    return _face("console", cache, settings)


def _face(face: str, cache: CacheOption, settings: SettingsOption) -> int:
    named = which_cache(cache, settings)
    return watch_face(face, named, node_beside(named, settings))


KIOSK_HELP = say("Open the full-screen signage; keeps a node running beside it.")
CONSOLE_HELP = say("Open the operator console; keeps a node running beside it.")
