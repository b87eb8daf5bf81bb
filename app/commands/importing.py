"""``enemado import``: readings and charging sessions of a file; shown first, asked where in doubt, taken in once."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.failure import CommandError
from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.speech import say, tell, texts, warn
from backend.model.message import Message

if TYPE_CHECKING:
    from backend.drivers.csvfile.finding import Doubt
    from backend.drivers.csvfile.opening import AnyPlan
    from backend.drivers.csvfile.plan import Target
    from backend.drivers.csvfile.report import Report

HELP = say("Take in readings or charging sessions of a file; --preview shows what is in it and changes nothing.")
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help=say("Decide something that is in doubt, such as power=kW; may be repeated.")),
]


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("A table, a list of sessions as CSV or JSON."))],
    preview: Annotated[bool, typer.Option("--preview", help=say("Show what is in it, and change nothing."))] = False,
    device: Annotated[str, typer.Option("--device", metavar="SITE/DEVICE", help=say("To which device it belongs."))] = "",
    zone: Annotated[str, typer.Option("--zone", help=say("Time zone of the file, or site for the site's."))] = "",
    decided: SetOption = None,
    replace: Annotated[bool, typer.Option("--replace", help=say("Let the file's values replace others in the store."))] = False,
    as_json: JsonOption = False,
    settings: SettingsOption = None,
    cache: CacheOption = None,
) -> None:
    """Through the node where it runs, else straight into its cache: there is one writer only."""
    from app.commands.import_work import Work, find_work

    if not preview and not device:
        raise typer.BadParameter(say("Name the device with --device SITE/DEVICE."), param_hint="--device")
    choices = _choices(decided or [], zone)
    work: Work | None = find_work(device, settings, cache, preview=preview)
    target = work.target if work is not None else _nowhere()
    plan = settle(file, target, choices, preview=preview)
    if preview:
        _show(plan, as_json=as_json)
        return
    assert work is not None
    report = work.run(file.absolute(), choices, replace=replace)
    _tell_end(report, as_json=as_json)
    if report.cancelled:
        raise typer.Exit(130)


def _nowhere() -> "Target":
    from backend.drivers.csvfile.plan import Target

    return Target("")


def _choices(decided: list[str], zone: str) -> dict[str, str]:
    choices: dict[str, str] = {}
    for pair in decided:
        key, equals, value = pair.partition("=")
        if not equals or not key or not value:
            raise typer.BadParameter(say("Write it as KEY=VALUE, such as power=kW."), param_hint="--set")
        choices[key.strip()] = value.strip()
    return choices | ({"zone": zone} if zone else {})


def settle(file: Path, target: "Target", choices: dict[str, str], *, preview: bool) -> "AnyPlan":
    """Look at the file; doubts are asked at a terminal, and put into ``choices``. Raises ``CommandError``."""
    plan = _look(file, target, choices)
    asked = not preview and sys.stdin.isatty()
    if asked and plan.doubts:
        _show(plan, as_json=False)
    while plan.doubts and asked:
        for doubt in plan.doubts:
            choices[doubt.key] = _ask(doubt)
        plan = _look(file, target, choices)
    if plan.doubts and not preview:
        raise _in_doubt(plan.doubts)
    return plan


def _look(file: Path, target: "Target", choices: dict[str, str]) -> "AnyPlan":
    from backend.drivers.csvfile.finding import Unreadable
    from backend.drivers.csvfile.opening import plan_file

    try:
        return plan_file(file, target, choices)
    except Unreadable as error:
        raise CommandError(
            error.message,
            Message("Nothing was imported."),
            Message("Look at the file, or say more with --set; see: enemado import --help"),
        ) from error


def _ask(doubt: "Doubt") -> str:
    tell()
    tell(texts().say_message(doubt.question))
    shown = f"{doubt.key} ({', '.join(doubt.options)})" if doubt.options else doubt.key
    while True:
        said = str(typer.prompt(shown, default=doubt.likely or None)).strip()
        if said and (not doubt.options or said in doubt.options):
            return said


def _in_doubt(doubts: "tuple[Doubt, ...]") -> CommandError:
    from app.commands.import_words import doubt_lines

    return CommandError(
        Message("{lines}", {"lines": "\n".join(doubt_lines(doubts))}),
        Message("Nothing was imported: nobody may guess that."),
        Message("Say it with the options above, or look closer with --preview."),
        code=2,
    )


def _show(plan: "AnyPlan", *, as_json: bool) -> None:
    import time

    from app.commands.import_words import preview_lines, report_lines
    from backend.drivers.csvfile.opening import try_out

    report = try_out(plan, time.time_ns() // 1_000_000)
    if as_json:
        shown = {"known": [asdict(each) for each in plan.known], "doubts": [asdict(each) for each in plan.doubts]}
        tell(json.dumps({**shown, "report": asdict(report)}, ensure_ascii=False, indent=1, default=str))
        return
    for line in [*preview_lines(plan), "", *report_lines(report, tried=True)]:
        tell(line)
    warn(say("Nothing was written."))


def _tell_end(report: "Report", *, as_json: bool) -> None:
    from app.commands.import_words import report_lines

    if as_json:
        tell(json.dumps(asdict(report), ensure_ascii=False, indent=1))
        return
    for line in report_lines(report, tried=False):
        tell(line)
