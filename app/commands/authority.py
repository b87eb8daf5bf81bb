"""``enemado ca``: the small certificate authority of a cloud node."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.columns import columns
from app.commands.failure import CommandError
from app.commands.options import JsonOption
from app.commands.places import data_folder
from app.commands.speech import say, tell, warn
from backend.model.message import Message

if TYPE_CHECKING:
    from backend.identity.authority import Authority
    from backend.identity.cabinet import Place
    from backend.identity.registry import Member, Standing

group = typer.Typer(help=say("Vouch for the nodes that send to this cloud node."), no_args_is_help=True)
FolderOption = Annotated[Path | None, typer.Option("--folder", help=say("Folder of the authority; else one for this user."))]
FileArgument = Annotated[Path, typer.Argument(help=say("The backup's file."))]
_SHORTEST_PASSWORD = 12


@group.command(help=say("Make a certificate authority."))
def create(
    name: Annotated[str, typer.Argument(help=say("Its name, as certificates show it."))], folder: FolderOption = None
) -> None:
    """Refuses where there is one."""
    authority = _authority(folder)
    if authority.exists:
        raise _refusal(Message("There is an authority already in {folder}.", {"folder": str(authority.folder)}))
    try:
        _tell_place(authority.create(name, _now_ms()), authority)
    except ValueError as error:
        raise _refusal(Message("A name has 1 to 64 characters.")) from error
    tell(say("Next: enemado ca backup FILE, and keep that file elsewhere."))


@group.command(help=say("Write the authority into one file, its keys locked with a password."))
def backup(file: FileArgument, folder: FolderOption = None) -> None:
    """Asks for the password twice."""
    from backend.identity.backup import back_up

    authority = _existing(folder)
    password = _password()
    if typer.prompt(say("Once more"), hide_input=True) != password:
        raise _refusal(Message("The two entries differ."))
    count = back_up(authority, file, password)
    tell(say("The list of nodes is in {file}, and keys of the authority: {count}", count=count, file=str(file)))


@group.command(help=say("Bring an authority back from its backup, into an empty folder."))
def restore(file: FileArgument, folder: FolderOption = None) -> None:
    """Asks for the backup's password."""
    from backend.identity import backup as backups

    authority = _authority(folder)
    try:
        restored = backups.restore(file, authority.folder, _password())
    except backups.NotABackup as error:
        raise _refusal(Message("The file is no backup of an authority, or the password is another.")) from error
    except FileExistsError as error:
        raise _refusal(Message("There is an authority already in {folder}.", {"folder": str(authority.folder)})) from error
    tell(say("The authority is back in {folder}.", folder=str(restored.folder)))


@group.command(help=say("Sign with a new key from now on; the former stays believed until it ends."))
def rotate(folder: FolderOption = None) -> None:
    """Nodes learn of the new authority when they renew."""
    authority = _existing(folder)
    _tell_place(authority.rotate(_now_ms()), authority)
    tell(say("Nodes learn of it when they renew. Back it up now: enemado ca backup FILE"))


@group.command(help=say("Make a code with which a node may apply, once and within a day."))
def code(
    node: Annotated[str, typer.Argument(help=say("Name of the node, as in its settings."))],
    viewer: Annotated[list[str] | None, typer.Option("--viewer", help=say("A site that it may follow; once for each."))] = None,
    folder: FolderOption = None,
) -> None:
    """The code is shown now and never again."""
    made = _existing(folder).make_code(node, _now_ms(), reads=viewer or ())
    tell(made)
    warn(say("It works once, for {node} only, for 24 hours. When the node has applied: enemado ca confirm KEY", node=node))


@group.command(help=say("Let a node belong whose key id you have compared with what it shows."))
def confirm(
    key: Annotated[str, typer.Argument(help=say("Key id that the node shows: enemado node status"))], folder: FolderOption = None
) -> None:
    """The whole key id, so that it is compared."""
    from backend.identity.authority import Refused
    from backend.identity.cabinet import KeyLost

    authority = _existing(folder)
    try:
        member = authority.confirm(_key_id(key), _now_ms())
    except Refused as error:
        raise _refusal(Message("No node waits with this key id: {key}", {"key": key})) from error
    except KeyLost as error:
        raise _refusal(Message("The key of the authority cannot be had; is the keyring open?")) from error
    tell(say("{node} belongs.", node=member.node))


@group.command(help=say("Believe a key, or all keys of a node, no more."))
def revoke(who: Annotated[str, typer.Argument(help=say("Key id, or name of the node."))], folder: FolderOption = None) -> None:
    """There is no way back for a key; the node may apply with a new one."""
    authority = _existing(folder)
    members = [each for each in authority.registry.members() if who.lower() == each.key_id.hex() or who == each.node]
    if not members:
        raise _refusal(Message("Nobody here has this key id or name: {who}", {"who": who}))
    authority.revoke(members, _now_ms())
    tell(say("Keys that count no more: {count}", count=len(members)))


@group.command("list", help=say("Nodes, their keys, and how they stand."))
def show(folder: FolderOption = None, as_json: JsonOption = False) -> None:
    """One line for each key."""
    members = _existing(folder).registry.members()
    if as_json:
        rows = [
            {"node": each.node, "key_id": each.key_id.hex(), "standing": each.standing, "ends_ms": _ends(each)}
            for each in members
        ]
        tell(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not members:
        tell(say("No node has applied yet."))
    for line in columns([(each.node, each.key_id.hex(), _word(each.standing)) for each in members]):
        tell(line)


def _ends(member: "Member") -> int | None:
    from backend.identity.certificates import ends_ms, read_certificate

    return ends_ms(read_certificate(member.certificate)) if member.certificate else None


def _word(standing: "Standing") -> str:
    from backend.identity.registry import Standing

    return {Standing.WAITING: say("waits"), Standing.CONFIRMED: say("belongs"), Standing.REVOKED: say("revoked")}[standing]


def _authority(folder: Path | None) -> "Authority":
    from backend.identity.authority import Authority

    return Authority(folder or data_folder() / "ca")


def _existing(folder: Path | None) -> "Authority":
    authority = _authority(folder)
    if not authority.exists:
        raise CommandError(
            Message("There is no authority in {folder}.", {"folder": str(authority.folder)}),
            Message("Nothing was changed."),
            Message("Make one with: enemado ca create NAME"),
        )
    return authority


def _tell_place(place: "Place", authority: "Authority") -> None:
    from backend.identity.cabinet import Place

    tell(say("The authority is in {folder}.", folder=str(authority.folder)))
    if place is Place.KEYRING:
        tell(say("Kept in the keyring of this system."))
    else:
        warn(say("This system has no keyring that works. The key is in a file that only this user can read."))


def _password() -> str:
    password: str = typer.prompt(say("Password of the backup (nothing is shown)"), hide_input=True)
    if len(password) < _SHORTEST_PASSWORD:
        raise _refusal(Message("The password needs at least {count} characters.", {"count": _SHORTEST_PASSWORD}))
    return password


def _key_id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _refusal(happened: Message) -> CommandError:
    return CommandError(happened, Message("Nothing was changed."), Message("See: enemado ca list"))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
