"""Makes `dist/enemado`, which runs without Python: one executable that is supervisor, node, kiosk and console."""

import re
import shutil
import subprocess
import sys

import PyInstaller.__main__

from steps.environment import ROOT, compile_catalogues

NAME = "enemado"
BUILD = ROOT / "build"
RESULT = ROOT / "dist" / NAME
MOST_MB = 260

# Modules reached by name only, and files that packages read beside their code.
SUBMODULES = ("app", "backend", "kiosk")
DATA = ("sunspec2", "ocpp", "tzdata")
METADATA = ("keyring",)
EXCLUDED = (
    *("PySide6." + name for name in ("QtQml", "QtQuick", "QtQuickWidgets", "QtSql", "QtDesigner", "QtHelp", "QtUiTools")),
    *(
        "tkinter",
        "IPython",
        "matplotlib",
        "scipy",
        "pandas",
        "PIL",
        "pytest",
        "hypothesis",
        "setuptools",
        "pip",
        "sunspec2.tests",
    ),
    *("zstandard.backend_cffi", "zstandard._cffi"),
)

# Qt comes under the LGPL only in part: the build fails over a library that is not named here.
QT_LIBRARIES = {
    *("Core", "DBus", "Gui", "Network", "OpenGL", "OpenGLWidgets", "PrintSupport", "Svg", "SvgWidgets", "Test", "Widgets"),
    *("WaylandClient", "WlShellIntegration", "XcbQpa"),
}
LOCALES = {"root", "en", "en_001", "en_US", "ja", "ja_JP"}


def main() -> int:
    """Build, leave out what need not be there, and refuse what may not."""
    compile_catalogues()
    PyInstaller.__main__.run(_arguments())
    _leave_out_languages()
    _strip_symbols()
    strangers = sorted(_qt_libraries() - QT_LIBRARIES)
    if strangers:
        print(f"Not among the Qt libraries that may be handed out: {', '.join(strangers)}")
    size_mb = sum(path.stat().st_size for path in RESULT.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6
    print(f"{RESULT.relative_to(ROOT)}: {size_mb:.0f} MB (at most {MOST_MB})")
    return 0 if size_mb < MOST_MB and not strangers else 1


def _arguments() -> list[str]:
    arguments = ["--onedir", "--noconfirm", "--clean", "--name", NAME, "--log-level", "WARN"]
    arguments += ["--distpath", str(RESULT.parent), "--workpath", str(BUILD), "--specpath", str(BUILD), "--paths", str(ROOT)]
    arguments += ["--additional-hooks-dir", str(ROOT / "packaging" / "hooks")]
    for option, names in (
        ("--collect-submodules", SUBMODULES),
        ("--collect-data", DATA),
        ("--copy-metadata", METADATA),
        ("--exclude-module", EXCLUDED),
    ):
        arguments += [part for name in names for part in (option, name)]
    arguments += ["--add-data", f"{ROOT / 'assets'}:assets"]
    for catalogue in sorted(ROOT.glob("translations/*/LC_MESSAGES/*.mo")):
        arguments += ["--add-data", f"{catalogue}:{catalogue.parent.relative_to(ROOT)}"]
    return [*arguments, str(ROOT / "app" / "cli.py")]


def _leave_out_languages() -> None:
    """Babel knows 1,100 locales and Qt brings texts for dialogs that are never shown."""
    for locale in RESULT.rglob("babel/locale-data/*.dat"):
        if locale.stem not in LOCALES:
            locale.unlink()
    for folder in RESULT.rglob("PySide6/Qt/translations"):
        shutil.rmtree(folder)


def _strip_symbols() -> None:
    """Two libraries carry 25 MB of symbols between them. No other one: stripping breaks numpy's."""
    strip = shutil.which("strip") if sys.platform == "linux" else None
    for library in [*RESULT.rglob("libpython*.so*"), *RESULT.rglob("zstandard/*.so")] if strip else ():
        subprocess.run([str(strip), "--strip-unneeded", str(library)], check=True)


def _qt_libraries() -> set[str]:
    names = (re.match(r"(?:lib)?Qt6(\w+?)(?:\.so|\.dll|\.dylib|\.framework|$)", path.name) for path in RESULT.rglob("*Qt6*"))
    return {name[1] for name in names if name}


if __name__ == "__main__":
    sys.exit(main())
