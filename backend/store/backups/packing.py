"""The one file of a backup: a zip of two members that need no Enemado to be read, ``manifest.json`` and ``store.sqlite.zst``."""

import errno
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

import msgspec
import zstandard

from backend.model.message import Message
from backend.store.backups.manifest import Manifest
from backend.store.backups.places import BackupError
from backend.store.backups.progress import Stage, Tell

_MANIFEST, _STORE = "manifest.json", "store.sqlite.zst"
_LEVEL = 1
"""Nearly everything in a store is compressed already; more effort takes four times as long for a hundredth."""
_BLOCK = 1 << 20
_LARGEST_MANIFEST = 1 << 20
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, zstandard.ZstdError, msgspec.MsgspecError, struct.error),
    *(EOFError, LookupError, ValueError, RuntimeError),
)
"""What a file can lead to that only looks like a backup."""


def pack(store: Path, manifest: Manifest, target: Path, tell: Tell) -> None:
    """Write the backup of a store's file. Raises ``OSError``."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED) as archive:
        archive.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        size = manifest.contents.bytes
        with (
            store.open("rb") as file,
            archive.open(_STORE, "w", force_zip64=True) as member,
            compressor.stream_writer(member, size=size, closefd=False) as packed,
        ):
            _pour(file, packed, size, Stage.PACKING, tell)


def unpack(source: Path, target: Path, tell: Tell) -> Manifest:
    """Write the store that is in a backup, as far as it is one. Raises ``BackupError`` and ``OSError``."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _read_manifest(archive)
            with (
                target.open("xb") as file,
                archive.open(_STORE) as member,
                zstandard.ZstdDecompressor().stream_reader(member) as packed,
            ):
                _pour(packed, file, manifest.contents.bytes, Stage.UNPACKING, tell)
    except (OSError, *_BROKEN) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        values: dict[str, str | int | float] = {"path": str(source), "reason": str(error)}
        raise BackupError(Message("{path} is no backup of a store, or it is damaged: {reason}", values)) from error
    return manifest


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    if archive.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
        raise EOFError(_MANIFEST)
    return msgspec.json.decode(archive.read(_MANIFEST), type=Manifest)


def _pour(source: IO[bytes], target: IO[bytes], size: int, stage: Stage, tell: Tell) -> None:
    """All of it, and not a byte more than was announced."""
    done = 0
    while block := source.read(_BLOCK):
        done += len(block)
        if done > size:
            raise EOFError("longer than announced")
        target.write(block)
        tell(stage, done, size)
    if done < size:
        raise EOFError("cut short")
