"""``enemado sync enrol`` and ``rotate-key``: how a node comes to belong to its parent, and changes the key it is known by."""

import asyncio
import contextlib
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.failure import CommandError
from app.commands.options import CacheOption, SettingsOption
from app.commands.places import which_node
from app.commands.speech import say, tell, warn
from backend.model.message import Message

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from backend.identity.credentials import Credentials
    from backend.settings import NodeSettings

ENROL_HELP = say("Apply with the parent by a code of its operator, and wait until the operator confirms this node.")
ROTATE_HELP = say("Let a running node sign with a new key from now on; what the old one signed stays valid.")
_ASK_EVERY_S = 3.0


def enrol(
    settings: Annotated[Path, typer.Option("--settings", help=say("Settings file of the node (YAML)."))],
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help=say("Wait for the operator's confirmation."))] = True,
) -> None:
    """A running node takes the certificate up by itself; Ctrl+C ends the waiting, and the node goes on asking."""
    from backend.settings import load

    found = load(settings)
    if found.parent is None:
        raise CommandError(
            Message("These settings name no parent."),
            Message("Nothing was sent."),
            Message("Add a group “parent” with its url, as in assets/examples/school.yaml."),
            code=2,
        )
    code = _code()
    found.cache.parent.mkdir(parents=True, exist_ok=True)
    with _answers(found.parent.url):
        asyncio.run(_join(found, found.parent.url, code, wait=wait))


def rotate_key(cache: CacheOption = None, settings: SettingsOption = None) -> None:
    """Exit code 3 where no node is running."""
    from backend.api.channel import channel_file
    from backend.api.client import ask

    answer = ask(channel_file(which_node(cache, settings)), "rotate_key", timeout_s=300.0)
    tell(say("The node signs with a new key. Key id: {key_id}", key_id=str(answer["key_id"])))


async def _join(settings: "NodeSettings", url: str, code: str, *, wait: bool) -> None:
    """Apply, and ask until it is confirmed. Raises as ``applying.apply``."""
    from backend.identity.credentials import Credentials
    from backend.identity.node_key import open_node_key
    from backend.identity.registry import Standing
    from backend.sync.applying import apply

    key, credentials = open_node_key(settings.cache), Credentials(settings.cache)
    standing = (await apply(url, settings.name, key.private, code, credentials)).standing
    tell(say("Key id: {key_id}", key_id=key.key_id.hex()))
    if standing is not Standing.CONFIRMED:
        tell(say("Let the parent's operator compare this key id, and confirm it there:"))
        tell(f"  enemado ca confirm {key.key_id.hex()}")
        if not wait:
            return
        warn(say("Waiting for the confirmation; Ctrl+C ends the waiting, and the node goes on asking by itself while it runs."))
        await _confirmed(settings.name, url, key.private, credentials)
    tell(say("{name} belongs to {parent}. A running node takes it up by itself.", name=settings.name, parent=url))


async def _confirmed(name: str, url: str, private: "Ed25519PrivateKey", credentials: "Credentials") -> None:
    from backend.identity.registry import Standing
    from backend.sync.applying import ask_again
    from backend.sync.line import LineCut

    cut = False
    while True:
        await asyncio.sleep(_ASK_EVERY_S)
        try:
            if (await ask_again(url, name, private, credentials)).standing is Standing.CONFIRMED:
                return
            cut = False
        except LineCut as error:
            if not cut:
                warn(say("The parent {parent} does not answer: {reason}", parent=url, reason=str(error)))
            cut = True


@contextlib.contextmanager
def _answers(url: str) -> Generator[None]:
    """Words for what the parent says. Raises ``CommandError``."""
    from backend.sync.applying import Impostor
    from backend.sync.line import LineCut, Refused
    from backend.sync.messages import NotUnderstood

    try:
        yield
    except Refused as refused:
        raise _refusal(refused.status) from refused
    except Impostor as error:
        raise CommandError(
            Message("Whoever answers at {parent} did not make this code.", {"parent": url}),
            Message("Nothing of what it said was believed or kept."),
            Message("Check the address of the parent in the settings, and the code."),
        ) from error
    except (LineCut, NotUnderstood) as error:
        raise CommandError(
            Message("The parent {parent} does not answer: {reason}", {"parent": url, "reason": str(error)}),
            Message("This node does not belong to it yet; a running one goes on collecting."),
            Message("Check the address and the network, then try again: enemado sync enrol --settings FILE"),
        ) from error


def _refusal(status: int) -> CommandError:
    if status == 429:
        return CommandError(
            Message("The parent was asked too often from here."),
            Message("Nothing was changed."),
            Message("Try again in a minute."),
        )
    return CommandError(
        Message("The parent does not accept this code for this node."),
        Message("A code works once, for a day, and for one name only. Nothing was changed."),
        Message("Ask its operator for a new one: enemado ca code NODE"),
    )


def _code() -> str:
    if sys.stdin.isatty():
        word: str = typer.prompt(say("Code of the parent's operator (nothing is shown)"), hide_input=True)
        return word
    return sys.stdin.readline().strip()
