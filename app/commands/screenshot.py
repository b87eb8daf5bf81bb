"""``enemado screenshot``: a picture of any scene or screen from any cache file, without a display."""

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.cache import read_cache
from app.commands.failure import CommandError
from app.commands.options import CacheOption
from app.commands.places import which_cache
from app.commands.speech import say, tell
from app.kit.i18n import available_languages
from backend.model.kiosk import SCENE_NAMES, KioskPlan
from backend.model.message import Message

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.console.screens.contract import Trend
    from app.kit.bridge.snapshot import Snapshot

HELP = say("A picture of any scene or screen from any cache file, without a display.")
_SIZE_SEPARATOR = "x"


def screenshot(
    out: Annotated[Path, typer.Option("--out", help=say("PNG file to write."))],
    scene: Annotated[str, typer.Option("--scene", help=say("Scene of the kiosk: now, ev …"))] = "",
    screen: Annotated[str, typer.Option("--screen", help=say("Screen of the console instead of a scene: overview …"))] = "",
    about: Annotated[str, typer.Option("--about", help=say("Site or device the screen is about, such as site/device."))] = "",
    lang: Annotated[str, typer.Option("--lang", help=say("Main language, such as ja or en; a comma adds a second."))] = "",
    size: Annotated[str, typer.Option("--size", help=say("Width and height in pixels."))] = "1920x1080",
    at: Annotated[str, typer.Option("--at", help=say("Moment (ISO 8601 with zone); else when the node last wrote."))] = "",
    cache: CacheOption = None,
) -> None:
    """The same cache, moment and size give the same picture."""
    width, height = parse_size(size)
    _check(out, scene, screen, about, lang)
    named = which_cache(cache)
    snapshot = read_snapshot(named, parse_moment(at))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.host import make_application, save_picture

    application = make_application()
    widget = _screen(named, screen, about, snapshot, lang) if screen else _scene(scene or SCENE_NAMES[0], snapshot, lang)
    widget.resize(width, height)
    application.processEvents()
    if not save_picture(widget, out):
        raise CommandError(
            Message("The picture could not be written to {file}", {"file": str(out)}),
            Message("The folder may be missing or closed to this user."),
            Message("Name another file with --out."),
        )
    tell(str(out))


def _check(out: Path, scene: str, screen: str, about: str, lang: str) -> None:
    """What can be told before anything is opened. Raises ``typer.BadParameter``."""
    if scene and screen:
        raise _wrong(say("Name a scene or a screen, not both."), "--scene / --screen")
    if scene and scene not in SCENE_NAMES:
        raise _unknown(SCENE_NAMES, scene, "--scene")
    if about and not screen:
        raise _wrong(say("Only a screen is about something; name it with --screen."), "--about")
    if screen == "device" and not about:
        raise _wrong(say("Name the device with --about SITE/DEVICE."), "--screen")
    for code in lang.split(",") if lang else ():
        if code not in available_languages():
            raise _unknown(available_languages(), code, "--lang")
    if out.is_dir():
        raise _wrong(
            say("{file} is a folder; name a file such as {example}", file=str(out), example=str(out / "now.png")), "--out"
        )
    if not out.absolute().parent.is_dir():
        raise _wrong(say("There is no folder {folder}", folder=str(out.absolute().parent)), "--out")


def _unknown(known: Iterable[str], found: str, option: str) -> typer.BadParameter:
    return _wrong(say("Expected one of {known}, found {found}", known=", ".join(known), found=found), option)


def _wrong(what: str, option: str) -> typer.BadParameter:
    return typer.BadParameter(what, param_hint=option)


def parse_size(text: str) -> tuple[int, int]:
    """``1920x1080`` as a pair. Raises ``typer.BadParameter``."""
    width, _, height = text.lower().partition(_SIZE_SEPARATOR)
    if not (width.isdecimal() and height.isdecimal() and 100 <= int(width) <= 16384 and 100 <= int(height) <= 16384):
        raise _wrong(say("Expected a size such as 1920x1080, found {found}", found=text), "--size")
    return int(width), int(height)


def parse_moment(text: str) -> int | None:
    """ISO 8601 with a zone as UTC milliseconds; None for an empty text. Raises ``typer.BadParameter``."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _wrong(say("Expected a moment such as 2026-11-23T11:42+09:00, found {found}", found=text), "--at")
    return round(moment.timestamp() * 1000)


def read_snapshot(cache: Path, at_ms: int | None) -> "Snapshot":
    """What a face would have shown at that moment."""
    from app.kit.bridge.asof import snapshot_at

    return read_cache(cache, lambda reader: snapshot_at(reader, at_ms))


def in_language(snapshot: "Snapshot", lang: str) -> "Snapshot":
    """With other languages in its plan: ``en`` puts English first and keeps the plan's other languages."""
    if not lang:
        return snapshot
    plan = snapshot.plan or KioskPlan(site=next(iter(snapshot.sites), ""))
    wanted = tuple(lang.split(",")) if "," in lang else (lang, *(code for code in plan.languages if code != lang))
    return replace(snapshot, plan=replace(plan, languages=wanted[:2]))


def _scene(name: str, snapshot: "Snapshot", lang: str) -> "QWidget":
    from kiosk.scenes import SCENES

    scene = SCENES[name]()
    scene.update_snapshot(in_language(snapshot, lang))
    scene.tick(snapshot.now_ms)
    return scene


def _screen(cache: Path, name: str, about: str, snapshot: "Snapshot", lang: str) -> "QWidget":
    from app.console.screens import SCREENS
    from app.console.shell import still_console

    if name not in SCREENS:
        raise _unknown(SCREENS, name, "--screen")
    known = list(snapshot.devices) if name == "device" else [*snapshot.sites, *snapshot.devices]
    if about and about not in known:
        raise _unknown(known, about, "--about")
    return still_console(name, snapshot, lang or "ja", about, _trend(cache, about, snapshot))


def _trend(cache: Path, device: str, snapshot: "Snapshot") -> "Trend | None":
    """The day of a device's main point, for the screen about it."""
    from app.console.screens.contract import Trend
    from app.kit.bridge.days import Span
    from app.kit.presenters.condition import main_point
    from backend.store.contract import Level

    found = snapshot.devices.get(device)
    point = main_point(snapshot, found) if found else None
    if found is None or point is None:
        return None
    span = Span.around(snapshot.now_ms, snapshot.sites[found.site].timezone)
    rollup = read_cache(cache, lambda reader: reader.rollup(point, Level.MINUTE, span.start_ms, snapshot.now_ms))
    return Trend(point, rollup.start_ms, rollup.mean)
