"""Takes along only those plug-ins of Qt that Enemado needs; the GTK theme alone would bring half a desktop with it."""

from pathlib import PurePath

from PyInstaller.utils.hooks.qt import add_qt6_dependencies

KEPT = {
    *("iconengines", "imageformats", "platforminputcontexts", "platforms", "styles", "xcbglintegrations"),
    *("wayland-decoration-client", "wayland-graphics-integration-client", "wayland-shell-integration"),
}
# Screens without a window system, other image formats, and keyboards that are not LGPL.
LEFT_OUT = (
    "eglfs",
    "linuxfb",
    "minimalegl",
    "vkkhrdisplay",
    "vnc",
    "tiff",
    "webp",
    "icns",
    "tga",
    "wbmp",
    "pdf",
    "virtualkeyboard",
)

hiddenimports, _binaries, datas = add_qt6_dependencies(__file__)


def _is_kept(source: str, folder: str) -> bool:
    if "plugins" not in PurePath(folder).parts:
        return True
    return PurePath(folder).name in KEPT and not any(name in PurePath(source).name for name in LEFT_OUT)


binaries = [(source, folder) for source, folder in _binaries if _is_kept(source, folder)]
