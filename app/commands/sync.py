"""``enemado sync``: how a node stands with its parent and its children; lost, late and quarantined, always together."""

import json
from typing import TYPE_CHECKING, NamedTuple

import typer

from app.commands.cache import clock_of, read_cache
from app.commands.columns import columns
from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.places import which_place
from app.commands.speech import say, tell, texts
from backend.model.sync import ChildStatus, LinkState, SyncStatus

if TYPE_CHECKING:
    from backend.store.contract import Reader

group = typer.Typer(help=say("What goes on between this node, its parent and its children."), no_args_is_help=True)


class _Known(NamedTuple):
    status: SyncStatus
    now_ms: int


@group.command(help=say("Line, parent, lost, late and quarantined readings, and how the children are doing."))
def status(cache: CacheOption = None, settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """As the node last wrote it down; it does so every ten seconds where something changes."""
    known = read_cache(which_place(cache, settings), _ask)
    if as_json:
        import msgspec

        tell(json.dumps(msgspec.to_builtins(known.status), ensure_ascii=False, indent=1))
        return
    for line in [*_parent(known), figures(known.status), *_compared(known), *_children(known)]:
        tell(line)


async def _ask(reader: "Reader") -> _Known:
    found = await reader.document("sync", "main", SyncStatus)
    if found is None:
        found = SyncStatus(lost=(await reader.state()).lost)
    return _Known(found, (await clock_of(reader)).now_ms())


def figures(status: SyncStatus) -> str:
    """The one line that is never shown in part."""
    number = texts().number
    return say(
        "Readings lost: {lost}, late: {late}; batches quarantined: {quarantined}, refused by the parent: {refused}",
        lost=number(status.lost),
        late=number(status.late),
        quarantined=number(status.quarantined),
        refused=number(status.refused),
    )


def link_line(status: SyncStatus) -> str:
    """The parent, and how the line to it stands."""
    if status.link is LinkState.NO_PARENT:
        return say("No parent: everything stays here.")
    line = say("Parent {parent}: {state}", parent=status.parent, state=_state_word(status.link))
    return f"{line} ({status.trouble})" if status.trouble else line


def _parent(known: _Known) -> list[str]:
    lines = [link_line(known.status)]
    if known.status.sent_ms is not None:
        age = texts().age(known.now_ms - known.status.sent_ms)
        lines.append(say("Last received: {age}", age=age) if known.status.follows else say("Last sent: {age}", age=age))
    return lines


def _compared(known: _Known) -> list[str]:
    status = known.status
    if status.reconciled_ms is None:
        return []
    age = texts().age(known.now_ms - status.reconciled_ms)
    if not status.differing:
        return [say("Compared with the parent: {age}, both hold the same.", age=age)]
    count = texts().number(status.differing)
    return [say("Compared with the parent: {age}, batches that differed and are sent again: {count}", age=age, count=count)]


def _children(known: _Known) -> list[str]:
    children = known.status.children
    if not children:
        return []
    head = (say("Child"), say("Heard"), say("State"), say("Late"), say("Quarantined"))
    return columns([head, *(_child(child, known.now_ms) for child in children)])


def _child(child: ChildStatus, now_ms: int) -> tuple[str, ...]:
    voice = texts()
    heard = "—" if child.heard_ms is None else voice.age(now_ms - child.heard_ms)
    state = say("silent") if child.silent else say("sends")
    return child.node, heard, state, voice.number(child.late), voice.number(child.quarantined)


def _state_word(state: LinkState) -> str:
    return {
        LinkState.NO_PARENT: say("no parent"),
        LinkState.NOT_ENROLLED: say("not enrolled"),
        LinkState.WAITING: say("waits to be confirmed"),
        LinkState.CONNECTED: say("connected"),
        LinkState.CUT: say("does not answer"),
        LinkState.REFUSED: say("does not know this node's key any more"),
    }[state]
