"""Write one more device into a settings file: checked before, kept before, replaced in one step."""

import contextlib
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from backend.settings.insertion import Given, NoPlace, with_device
from backend.settings.load import check_text
from backend.settings.node import NodeSettings


class Changed(Exception):
    """Somebody changed the file meanwhile; nothing was written."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A settings file as it would be with one more device; nothing is written yet."""

    file: Path
    """Where it really lies, links followed."""
    before: bytes
    after: bytes
    settings: NodeSettings
    """What the new text says."""


def draft(file: Path, site: str, key: str, device: Given) -> Draft:
    """Raises ``SettingsError`` where the text would not be in order, ``NoPlace`` where nothing can be added for certain."""
    before = file.read_bytes()
    text = before.decode()
    old = check_text(text, file)
    after = with_device(text, site, key, device)
    new = check_text(after, file)
    added = [each for each in new.devices if each not in old.devices]
    kept = [each for each in new.devices if each in old.devices]
    if [each.key for each in added] != [f"{site}/{key}"] or tuple(kept) != old.devices or new.sites != old.sites:
        raise NoPlace("more than one device would change")
    return Draft(file.resolve(), before, after.encode(), new)


def write(draft: Draft, now: datetime) -> Path:
    """Replace the file, keeping its mode and owner; the copy of what was there. Raises ``Changed`` or ``OSError``."""
    file = draft.file
    if file.read_bytes() != draft.before:
        raise Changed(str(file))
    kept = _free(file.with_name(f"{file.name}.{now:%Y%m%dT%H%M%S}.bak"))
    shutil.copy2(file, kept)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        _write_whole(beside, draft.after, file)
        beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return kept


def _write_whole(path: Path, content: bytes, like: Path) -> None:
    """On disk with the mode and, where this user may give it, the owner of another file."""
    known = like.stat()
    with path.open("xb") as file:
        path.chmod(known.st_mode & 0o7777)
        with contextlib.suppress(OSError, AttributeError):
            os.chown(path, known.st_uid, known.st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _free(path: Path) -> Path:
    number = 1
    found = path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}{number}")
    return found
