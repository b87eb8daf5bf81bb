"""Every command of ``enemado``, one line each."""

from typing import Annotated

import typer

from app.commands import (
    authority,
    backup,
    cloud,
    demo,
    device,
    device_add,
    device_check,
    device_records,
    device_scan,
    doctor,
    faces,
    gaps,
    history,
    importing,
    latest,
    membership,
    node,
    proof,
    quarantine,
    restore,
    screenshot,
    secret,
    settings,
    sync,
    token,
    town,
)
from app.commands.speech import say, tell

application = typer.Typer(
    help=say("Enemado: a window on a community's energy."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 120},
)
application.add_typer(node.group, name="node")
application.add_typer(demo.group, name="demo")
application.add_typer(settings.group, name="settings")
application.add_typer(device.group, name="device")
device.group.command("add", help=device_add.HELP)(device_add.add)
device.group.command("check", help=device_check.HELP)(device_check.check)
device.group.command("records", help=device_records.HELP)(device_records.records)
device.group.command("scan", help=device_scan.HELP)(device_scan.scan)
application.add_typer(secret.group, name="secret")
application.add_typer(authority.group, name="ca")
application.add_typer(token.group, name="token")
application.add_typer(backup.group, name="backup")
application.command("restore", help=restore.HELP)(restore.restore)
application.add_typer(sync.group, name="sync")
sync.group.command("enrol", help=membership.ENROL_HELP)(membership.enrol)
sync.group.command("rotate-key", help=membership.ROTATE_HELP)(membership.rotate_key)
sync.group.command("proof", help=proof.HELP)(proof.proof)
application.add_typer(quarantine.group, name="quarantine")
application.command("cloud", help=cloud.HELP)(cloud.cloud)
application.command("doctor", help=doctor.HELP)(doctor.doctor)
application.command("kiosk", help=faces.KIOSK_HELP)(faces.kiosk)
application.command("console", help=faces.CONSOLE_HELP)(faces.console)
application.command("latest", help=latest.HELP)(latest.latest)
application.command("town", hidden=True)(town.town)
application.command("history", help=history.HELP)(history.history)
application.command("import", help=importing.HELP)(importing.import_file)
application.command("gaps", help=gaps.HELP)(gaps.gaps)
application.command("screenshot", help=screenshot.HELP)(screenshot.screenshot)


def _version(wanted: bool) -> None:
    if wanted:
        from backend import __version__

        tell(f"enemado {__version__}")
        raise typer.Exit


@application.callback()
def _top(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help=say("Tell the version."))] = False,
) -> None:
    """Options of the command as a whole."""
