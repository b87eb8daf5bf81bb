"""Disks that lose power: a file system in memory that writes down what is done to it, and what a disk would hold of that.

What was synced is there. Of what was not, every block of 512 bytes or 4 KiB shows the file as it was after some of the writes
that touched it, each block for itself. After a failed sync the pages are neither dirty nor on disk (as Linux has it):
they come or stay away at any later moment, unless they are written again.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

import apsw

PAGE = 4096
TEARS = (512, PAGE)


class Deed(Enum):
    """What can be done to a file."""

    WRITE = auto()
    SIZE = auto()
    SYNC = auto()
    SYNC_FAILED = auto()
    DELETE = auto()
    ACKNOWLEDGED = auto()
    """Not of a file: somebody was told that everything before is safe."""


@dataclass(frozen=True, slots=True)
class Act:
    """One entry of the record."""

    deed: Deed
    file: str = ""
    at: int = 0
    """Offset, or a new size, or the number of what was acknowledged."""
    data: bytes = b""


@dataclass
class File:
    """A file as the disk and as the operating system see it."""

    durable: bytearray = field(default_factory=bytearray)
    cache: bytearray = field(default_factory=bytearray)
    pending: list[Act] = field(default_factory=list[Act])
    """Writes and changes of size since the last sync."""
    doomed: set[int] = field(default_factory=set[int])
    """Pages that a failed sync left behind."""
    on_disk: bool = False
    """Whether its name is."""

    def take(self, act: Act) -> None:
        """One act on this file."""
        match act.deed:
            case Deed.WRITE:
                _write(self.cache, act.at, act.data)
                self.pending.append(act)
                self.doomed.difference_update(_pages(act))
            case Deed.SIZE:
                _resize(self.cache, act.at)
                self.pending.append(act)
            case Deed.SYNC:
                self._settle({page for part in self.pending for page in _pages(part)})
            case Deed.SYNC_FAILED:
                self.doomed.update(page for part in self.pending for page in _pages(part))
                self.pending.clear()
            case _:
                raise AssertionError(act)

    def _settle(self, pages: set[int]) -> None:
        _resize(self.durable, len(self.cache))
        for page in pages:
            place = slice(page * PAGE, (page + 1) * PAGE)
            self.durable[place] = self.cache[place]
        self.pending.clear()
        self.on_disk = True

    def after_power_loss(self, luck: random.Random) -> bytes | None:
        """What the disk holds; None where it does not know the file."""
        if not self.on_disk and (not self.pending or luck.random() < 0.5):
            return None
        held = bytearray(self.durable)
        for page in self.doomed:
            if luck.random() < 0.5:
                _write(held, page * PAGE, bytes(self.cache[page * PAGE : (page + 1) * PAGE]))
        if self.pending:
            self._add_some(held, luck)
        return bytes(held)

    def _add_some(self, held: bytearray, luck: random.Random) -> None:
        until = luck.choice((0, len(self.pending), luck.randrange(len(self.pending) + 1), None))
        if until is not None:
            for act in self.pending[:until]:
                _do(held, act)
            return
        tear = luck.choice(TEARS)
        for act in self.pending:
            if act.deed is Deed.SIZE:
                if luck.random() < 0.5:
                    _resize(held, act.at)
                continue
            for start, part in _blocks(act, tear):
                if luck.random() < 0.5:
                    _write(held, start, part)


def _do(held: bytearray, act: Act) -> None:
    if act.deed is Deed.SIZE:
        _resize(held, act.at)
    else:
        _write(held, act.at, act.data)


def _write(held: bytearray, at: int, data: bytes) -> None:
    if len(held) < at:
        held.extend(bytes(at - len(held)))
    held[at : at + len(data)] = data


def _resize(held: bytearray, size: int) -> None:
    if size < len(held):
        del held[size:]
    else:
        held.extend(bytes(size - len(held)))


def _pages(act: Act) -> range:
    return range(act.at // PAGE, (act.at + len(act.data) - 1) // PAGE + 1) if act.deed is Deed.WRITE else range(0)


def _blocks(act: Act, size: int) -> Iterator[tuple[int, bytes]]:
    """The parts of a write that lie in different blocks of the disk."""
    start = act.at
    while start < act.at + len(act.data):
        end = min((start // size + 1) * size, act.at + len(act.data))
        yield start, act.data[start - act.at : end - act.at]
        start = end


class Disk:
    """Files by name, as the record so far left them."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.acknowledged = 0

    def take(self, act: Act) -> None:
        """One more entry of the record."""
        if act.deed is Deed.ACKNOWLEDGED:
            self.acknowledged = act.at
        elif act.deed is Deed.DELETE:
            self.files.pop(act.file, None)
        else:
            self.files.setdefault(act.file, File()).take(act)

    def lose_power(self, folder: Path, luck: random.Random) -> None:
        """Write into a folder what would be found afterwards, and nothing else."""
        for stale in folder.iterdir():
            stale.unlink()
        for name, file in self.files.items():
            held = file.after_power_loss(luck)
            if held is not None:
                (folder / name).write_bytes(held)


def images(record: Sequence[Act], count: int, folder: Path, luck: random.Random) -> Iterator[Disk]:
    """Lose power at so many moments, in order of time; each time the folder holds what is left."""
    moments = sorted(luck.randrange(len(record) + 1) for _ in range(count))
    disk, done = Disk(), 0
    for moment in moments:
        for act in record[done:moment]:
            disk.take(act)
        done = moment
        disk.lose_power(folder, luck)
        yield disk


class RecordingDisk(apsw.VFS):
    """The file system of one machine; what SQLite does to it is written down."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.name = name
        self.record: list[Act] = []
        self.files: dict[str, bytearray] = {}
        self.failing_sync = 0
        """This many syncs from now on, one fails; 0 for none."""
        self.dies_of_it = False
        """Whether the process that uses the disk ends with the failing sync: nothing it does afterwards counts."""
        self._dead = False

    def write_again(self, name: str) -> None:
        """Write a file over with what it holds, and sync it."""
        if content := self.files.get(name):
            self._do(Act(Deed.WRITE, name, 0, bytes(content)))
            self._do(Act(Deed.SYNC, name))

    def restart(self, name: str) -> "RecordingDisk":
        """The same machine for the next process: it finds what the operating system holds, and the record goes on."""
        next_ = RecordingDisk(name)
        next_.record, next_.files = self.record, {name: bytearray(content) for name, content in self.files.items()}
        return next_

    def acknowledge(self, number: int) -> None:
        """Somebody was told that everything up to this is safe."""
        self.record.append(Act(Deed.ACKNOWLEDGED, at=number))

    def xFullPathname(self, name: str) -> str:
        return name

    def xAccess(self, pathname: str, flags: int) -> bool:
        return Path(pathname).name in self.files

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self._do(Act(Deed.DELETE, Path(filename).name))
        self.files.pop(Path(filename).name, None)

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> apsw.VFSFile:
        file = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "").name
        if not flags[0] & apsw.SQLITE_OPEN_CREATE and file not in self.files:
            raise apsw.CantOpenError(file)
        flags[1] = flags[0]
        self.files.setdefault(file, bytearray())
        return RecordedFile(self, file)

    def _do(self, act: Act) -> None:
        if self._dead:
            raise apsw.exception_for(apsw.SQLITE_IOERR_WRITE)
        self.record.append(act)


class RecordedFile(apsw.VFSFile):
    """One open file."""

    def __init__(self, disk: RecordingDisk, name: str) -> None:
        self._disk, self._name = disk, name

    @property
    def _content(self) -> bytearray:
        return self._disk.files.setdefault(self._name, bytearray())

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self._content[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk._do(Act(Deed.WRITE, self._name, offset, bytes(data)))
        _write(self._content, offset, data)

    def xTruncate(self, newsize: int) -> None:
        self._disk._do(Act(Deed.SIZE, self._name, newsize))
        _resize(self._content, newsize)

    def xSync(self, flags: int) -> None:
        disk = self._disk
        disk.failing_sync -= 1
        if disk.failing_sync == 0:
            disk._do(Act(Deed.SYNC_FAILED, self._name))
            disk._dead = disk.dies_of_it
            raise apsw.exception_for(apsw.SQLITE_IOERR_FSYNC)
        disk._do(Act(Deed.SYNC, self._name))

    def xFileSize(self) -> int:
        return len(self._content)

    def xClose(self) -> None:
        pass

    def xLock(self, level: int) -> None:
        pass

    def xUnlock(self, level: int) -> None:
        pass

    def xCheckReservedLock(self) -> bool:
        return False

    def xSectorSize(self) -> int:
        return PAGE

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xFileControl(self, op: int, ptr: int) -> bool:
        return False
