"""``enemado sync proof``: which sealed batch a number came in, whose key signed it, and whether that holds now."""

import json
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.cache import read_cache
from app.commands.columns import columns
from app.commands.failure import CommandError
from app.commands.history import zone_of
from app.commands.instants import instant, local, ms_of
from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.places import which_cache, which_place
from app.commands.points import no_such_point
from app.commands.speech import say, tell, texts
from backend.model.message import Message
from backend.model.quality import Quality
from backend.store.contract import Reader

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from backend.store.exchange import KeptBatch
    from backend.sync.proof import Proof, Verdict

HELP = say("Show in which sealed batch a reading came, whose key signed it, and whether that holds now.")
LOOK_BACK_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class _Wanted:
    at_ms: int
    unit: str
    zone: "ZoneInfo"


def proof(
    point: Annotated[str, typer.Argument(help=say("Key of the point: site/device/name."))],
    at: Annotated[str, typer.Option("--at", help=say("Instant, such as 2026-11-23T06:00+09:00: the reading that stood then."))],
    to: Annotated[
        Path | None, typer.Option("--to", help=say("Write the signed bytes into this file, for others to verify."))
    ] = None,
    cache: CacheOption = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """The devices themselves do not sign: the node that reads them answers for what they said."""
    place = which_place(cache, settings)
    wanted = read_cache(place, lambda reader: _reading(reader, point, at))
    found = _find(place, point, wanted.at_ms)
    if found is None:
        raise CommandError(
            Message("The batch of this reading is not kept here any more, or never was."),
            Message("Batches are kept for a limited time; roll-ups and readings stay without them."),
            Message("Ask the node's parent, or keep batches for longer: node.retention.proof_days"),
        )
    verdicts = _judge(found, cache, settings)
    if to is not None:
        _write(found, to)
    if as_json:
        tell(json.dumps(_record(found, point, verdicts), ensure_ascii=False, indent=1))
        return
    for line in _told(found, point, wanted, verdicts):
        tell(line)


async def _reading(reader: Reader, point: str, at: str) -> _Wanted:
    known = {each.key: each for each in await reader.points()}
    if point not in known:
        raise no_such_point(point, list(known))
    zone = await zone_of(reader, point)
    at_ms = ms_of(instant(at, zone))
    rows = await reader.raw(point, at_ms - LOOK_BACK_MS, at_ms + 1)
    if not len(rows.at_ms):
        raise CommandError(
            Message("{point} said nothing in the day before {at}.", {"point": point, "at": local(at_ms, zone)}),
            Message("There is nothing to be proved."),
            Message("See what there is: enemado history {point} --every raw", {"point": point}),
        )
    return _Wanted(int(rows.at_ms[-1]), known[point].spec.unit.value, zone)


def _find(place: Path | str, point: str, at_ms: int) -> "Proof | None":
    import asyncio

    from backend.store.outbox import open_outbox
    from backend.sync.proof import find_proof

    async def find() -> "Proof | None":
        async with open_outbox(place) as outbox:
            return await find_proof(outbox, point, at_ms)

    return asyncio.run(find())


def _judge(found: "Proof", cache: Path | None, settings: Path | None) -> "tuple[Verdict, Verdict]":
    from backend.identity.key_book import KeyBook
    from backend.settings import load
    from backend.sync.proof import judge

    ingest = load(settings).ingest if settings else None
    book = KeyBook(which_cache(cache, settings), ingest.authority if ingest else None)
    return judge(found.batch, book), judge(found.definition, book)


def _write(found: "Proof", to: Path) -> None:
    """A parcel, as FORMAT.md describes it: what the point is, then the reading."""
    from backend.wire.parcel import pack_parcel

    batches = [found.definition, found.batch] if found.definition.first != found.batch.first else [found.batch]
    to.write_bytes(pack_parcel([each.signed for each in batches]))


def _told(found: "Proof", point: str, wanted: _Wanted, verdicts: "tuple[Verdict, Verdict]") -> list[str]:
    header = found.header
    said = "—" if isnan(found.value) else f"{found.value:g} {wanted.unit}"
    attested = say(
        "by the gateway “{node}”; the device {device} itself does not sign", node=header.node, device=point.rpartition("/")[0]
    )
    rows = [
        (say("Reading"), f"{local(found.at_ms, wanted.zone)}  {said}  ({Quality(found.quality).name.lower()})"),
        (say("Attested"), attested),
        (say("Batch"), _place_of(found.batch, header.epoch)),
        (say("Sealed"), local(header.sealed_ms, wanted.zone)),
        (say("SHA-256"), found.batch.signed.body[-32:].hex()),
        (say("Key id"), _key_of(found.batch)),
        (say("Verified now"), _word(verdicts[0])),
        (say("Defined in"), f"{_place_of(found.definition, header.epoch)}: {_word(verdicts[1])}"),
    ]
    return columns([(f"{name}:", value) for name, value in rows])


def _record(found: "Proof", point: str, verdicts: "tuple[Verdict, Verdict]") -> dict[str, object]:
    header = found.header
    return {
        "point": point,
        "at_ms": found.at_ms,
        "value": None if isnan(found.value) else found.value,
        "quality": Quality(found.quality).name.lower(),
        "attested_by": "gateway",
        "node": header.node,
        "epoch": header.epoch.hex(),
        "first": found.batch.first,
        "last": found.batch.last,
        "sealed_ms": header.sealed_ms,
        "sha256": found.batch.signed.body[-32:].hex(),
        "key_id": _key_of(found.batch),
        "verdict": verdicts[0],
        "defined_in": found.definition.first,
        "definition_verdict": verdicts[1],
    }


def _place_of(batch: "KeptBatch", epoch: bytes) -> str:
    return f"{epoch.hex()} {batch.first}–{batch.last}"


def _key_of(batch: "KeptBatch") -> str:
    from backend.wire.signature import Forged, read_key_id

    try:
        return read_key_id(batch.signed.envelope).hex()
    except Forged:
        return "—"


def _word(verdict: "Verdict") -> str:
    from backend.sync.proof import Verdict

    return texts().say_message(
        {
            Verdict.HOLDS: Message("the signature holds"),
            Verdict.REVOKED: Message("the signature fits, and its key has been revoked since"),
            Verdict.UNKNOWN_KEY: Message("signed with a key that is not known here"),
            Verdict.BROKEN: Message("the signature does not fit the bytes"),
            Verdict.UNSIGNED: Message("not signed"),
        }[verdict]
    )
