"""In which encoding a file is written, and whether that can be told: one pass over its bytes, which also makes its digest."""

import codecs
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.drivers.csvfile.finding import Findings, Unreadable, Why
from backend.model.message import Message

PIECE_BYTES: Final = 1 << 20
KNOWN: Final = ("utf-8", "cp932", "utf-16", "latin-1")
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Bytes:
    """What one pass over a file tells."""

    size: int
    digest: str
    """SHA-256, hexadecimal."""
    mark: str
    """Encoding that a byte order mark names; empty without one."""
    plain: bool
    """ASCII alone."""
    utf8: bool
    cp932: bool
    japanese: bool
    """As cp932 it holds kana or kanji of full width; letters of half width alone may be accents of another encoding."""


def look_at_bytes(path: Path) -> Bytes:
    """Read the file once. Raises ``OSError``."""
    digest, size, plain, head, japanese = hashlib.sha256(), 0, True, b"", False
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp932")}
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            head = head or piece[:4]
            digest.update(piece)
            size += len(piece)
            plain = plain and piece.isascii()
            japanese = _decode(decoders, piece, final=False) or japanese
    _decode(decoders, b"", final=True)
    mark = next((name for bom, name in _MARKS if head.startswith(bom)), "")
    return Bytes(size, digest.hexdigest(), mark, plain, "utf-8" in decoders, "cp932" in decoders, japanese)


def _decode(decoders: dict[str, codecs.IncrementalDecoder], piece: bytes, *, final: bool) -> bool:
    """Drop every decoder that cannot read it; whether there are Japanese letters of full width in it as cp932."""
    text = ""
    for name in list(decoders):
        try:
            text = decoders[name].decode(piece, final)
        except UnicodeDecodeError:
            del decoders[name]
    return "cp932" in decoders and not piece.isascii() and _FULL_WIDTH.search(text) is not None


_FULL_WIDTH: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uff01-\uff5e]")


def find_encoding(found: Bytes, findings: Findings) -> str:
    """The encoding to read with. Raises ``Unreadable`` for what is no text."""
    if not found.size:
        raise Unreadable(Message("The file is empty."))
    if "encoding" in findings.choices:
        return _chosen(findings)
    if found.mark:
        return findings.know("encoding", found.mark, Why.FILE)
    if found.utf8:
        return findings.know("encoding", "utf-8", Why.SEEN)
    if found.cp932 and found.japanese:
        return findings.know("encoding", "cp932", Why.SEEN)
    return findings.ask("encoding", Message("In which encoding is the file written?"), KNOWN, "latin-1")


def _chosen(findings: Findings) -> str:
    name = findings.know("encoding", findings.choices["encoding"], Why.CHOSEN)
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise Unreadable(Message("There is no encoding “{name}”.", {"name": name})) from error
    return name
