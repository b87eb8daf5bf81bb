"""``enemado quarantine``: look at what was sent here and not believed, and let it be verified again."""

import getpass
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.commands.columns import columns
from app.commands.failure import CommandError
from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.places import moment, which_cache, which_node
from app.commands.speech import say, tell, texts, warn
from app.kit.presenters.refusals import refusal_words
from backend.model.message import Message

if TYPE_CHECKING:
    from backend.sync.quarantine import Entry, Quarantine, Suspect

T = TypeVar("T")
group = typer.Typer(help=say("Batches that were sent here and are not believed."), no_args_is_help=True)
NumberArgument = Annotated[int, typer.Argument(help=say("Number of the entry, as in the list."))]
_EXCERPT_BYTES = 256
_LINE_BYTES = 16


@group.command("list", help=say("What lies there, newest first, and what was only counted."))
def list_entries(
    source: Annotated[str | None, typer.Option("--source", help=say("Only of this node or address."))] = None,
    cache: CacheOption = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Nothing here is part of the data."""
    entries = _asked(cache, settings, lambda quarantine: quarantine.entries(source))
    counted = _asked(cache, settings, lambda quarantine: quarantine.counted())
    if as_json:
        rows = [_row(entry) for entry in entries]
        tell(json.dumps({"entries": rows, "counted": counted}, ensure_ascii=False, indent=1))
        return
    if not entries:
        tell(say("Nothing lies in quarantine."))
    else:
        head = (say("Number"), say("From"), say("Why"), say("Last"), say("Times"), say("Size"))
        for line in columns([head, *map(_line, entries)]):
            tell(line)
    for name, reasons in sorted(counted.items()):
        for reason, times in reasons.items():
            tell(
                say(
                    "Only counted: {source}, {reason}: {count}",
                    source=name or "—",
                    reason=_why(reason),
                    count=times,
                )
            )


@group.command(help=say("The envelope of an entry, and its first bytes; nothing in it is decoded."))
def show(
    number: NumberArgument,
    to: Annotated[Path | None, typer.Option("--to", help=say("Write the original bytes into this file."))] = None,
    cache: CacheOption = None,
    settings: SettingsOption = None,
) -> None:
    """For whoever wants to know what it is before it is verified again."""
    entry = _asked(cache, settings, lambda quarantine: quarantine.entry(number))
    suspect = _asked(cache, settings, lambda quarantine: quarantine.original(number))
    if entry is None or suspect is None:
        raise _no_such_entry(number)
    if to is not None:
        to.write_bytes(suspect.body + suspect.envelope)
        tell(say("{count} bytes are in {file}.", count=entry.size, file=str(to)))
        return
    facts = [
        (say("From"), entry.source),
        (say("Why"), _why(entry.reason)),
        (say("First"), moment(entry.at_ms)),
        (say("Last"), moment(entry.last_ms)),
        (say("Times"), texts().number(entry.times)),
        *_envelope(suspect),
    ]
    for line in [*columns([(f"{name}:", value) for name, value in facts]), "", *_dump(suspect.body)]:
        tell(line)


@group.command(help=say("Let the running node verify an entry again from the start, as if it had just been sent."))
def release(
    number: NumberArgument,
    confirmed_by: Annotated[
        str, typer.Option("--confirmed-by", help=say("A second person who agrees; recorded with your name."))
    ],
    cache: CacheOption = None,
    settings: SettingsOption = None,
) -> None:
    """What is still not believed stays where it is."""
    from backend.api.channel import channel_file
    from backend.api.client import ask

    node = channel_file(which_node(cache, settings))
    answer = ask(node, "release", timeout_s=60.0, number=number, by=getpass.getuser(), confirmed_by=confirmed_by)
    reason = str(answer["reason"])
    if reason:
        warn(say("Still not believed: {reason}. It stays in quarantine.", reason=_why(reason)))
        raise typer.Exit(1)
    tell(say("Believed now, and part of the data."))


def _asked(cache: Path | None, settings: Path | None, question: "Callable[[Quarantine], T]") -> T:
    from backend.model.clock import SystemClock
    from backend.sync.quarantine import Quarantine

    try:
        return question(Quarantine(which_cache(cache, settings), SystemClock()))
    except sqlite3.Error as error:
        raise CommandError(
            Message("The quarantine cannot be read: {reason}", {"reason": str(error)}),
            Message("The data of the node are not concerned."),
            Message("See: enemado doctor"),
        ) from error


def _no_such_entry(number: int) -> CommandError:
    return CommandError(
        Message("Nothing in quarantine has the number {number}.", {"number": number}),
        Message("It was never there, it is believed by now, or its time is over."),
        Message("See: enemado quarantine list"),
        code=2,
    )


def _row(entry: "Entry") -> dict[str, object]:
    return {
        "number": entry.number,
        "source": entry.source,
        "kind": entry.kind,
        "reason": entry.reason,
        "at_ms": entry.at_ms,
        "last_ms": entry.last_ms,
        "times": entry.times,
        "bytes": entry.size,
    }


def _line(entry: "Entry") -> tuple[str, ...]:
    voice = texts()
    size = str(voice.data_size(entry.size))
    return (
        str(entry.number),
        entry.source,
        _why(entry.reason),
        moment(entry.last_ms),
        voice.number(entry.times),
        size,
    )


def _why(reason: str) -> str:
    return refusal_words(texts(), reason)


def _envelope(suspect: "Suspect") -> list[tuple[str, str]]:
    """What it says of itself, verified by nobody."""
    from backend.wire.batch import read_header
    from backend.wire.numbers import Damaged
    from backend.wire.signature import Forged, read_key_id

    facts = [(say("Size"), say("{count} bytes", count=len(suspect.body) + len(suspect.envelope)))]
    try:
        facts.append((say("Says that it is signed by"), read_key_id(suspect.envelope).hex()))
    except Forged:
        facts.append((say("Signature"), say("none of the form that is accepted")))
    try:
        header = read_header(suspect.body)
    except Damaged:
        return [*facts, (say("Header"), say("none of the form that is accepted"))]
    return [
        *facts,
        (say("Says that it is of"), header.node),
        (say("Epoch"), header.epoch.hex()),
        (say("Sequence"), f"{header.first}–{header.first + header.span - 1}"),
        (say("Readings"), str(header.readings)),
        (say("Sealed"), moment(header.sealed_ms)),
    ]


def _dump(data: bytes) -> list[str]:
    """As hexdump shows it."""
    excerpt = data[:_EXCERPT_BYTES]
    lines: list[str] = []
    for start in range(0, len(excerpt), _LINE_BYTES):
        part = excerpt[start : start + _LINE_BYTES]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:08x}  {part.hex(' '):<{3 * _LINE_BYTES - 1}}  {letters}")
    return lines if len(excerpt) == len(data) else [*lines, "…"]
