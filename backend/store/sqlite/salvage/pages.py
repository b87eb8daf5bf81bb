"""Records in the pages of a damaged database file, found without trusting anything that points to them.

Every page that looks like a leaf of a table is read, whether or not a tree still leads to it, in the file and in its log
(https://www.sqlite.org/fileformat2.html). What comes out may be wrong in any way: whoever takes it has to verify it.
"""

import mmap
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

Value = int | float | str | bytes | None

_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\x00"
_LEAF, _INTERIOR, _INDEX_LEAF, _INDEX_INTERIOR = 0x0D, 0x05, 0x0A, 0x02
_POINTER_BYTES = 5
"""Of an entry in a pointer map, which a file with auto-vacuum has on page 2 and on every so many pages after that."""
_LOCK_BYTE = 0x40000000
"""The page at this place is never used."""
_LOG_HEADER = struct.Struct(">IIIIIIII")
_LOG_MAGIC = (0x377F0682, 0x377F0683)
_FRAME = struct.Struct(">IIIIII")
_MOST_PAGES = 1 << 24
_LARGEST_RECORD = 64 * 1024 * 1024
_SMALL_INTS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Bytes of whole numbers by serial type."""


class _Nonsense(Exception):
    """This is no record."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of some table."""

    rowid: int
    values: tuple[Value, ...]


@dataclass(slots=True)
class Harm:
    """What could not be read, as far as that can be told from the pages alone."""

    cells: int = 0
    """Places for a record that hold none."""
    pages: int = 0
    """Pages that are missing, or that are nothing at all though they are in use."""

    def __bool__(self) -> bool:
        return bool(self.cells or self.pages)


class _View:
    """The pages as they are to be seen, and which of them are in use."""

    def __init__(self, page: Callable[[int], bytes | None], count: int, size: int) -> None:
        self.page = page
        self.count = count
        first = page(1) or b""
        self.sound = first[: len(_MAGIC)] == _MAGIC
        self.usable = size - (first[20] if self.sound else 0)
        self.free = self._free_pages(first) if self.sound else frozenset[int]()
        self.announced = int.from_bytes(first[28:32], "big") if self.sound else 0
        self.overflow: set[int] = set()
        """Pages that hold the rest of a long record."""

    def has_other_use(self, number: int, page: bytes) -> bool:
        """Whether a page that is no leaf of a table is something else that there is."""
        start = _HEADER_BYTES if number == 1 else 0
        if page[start] in (_INTERIOR, _INDEX_LEAF, _INDEX_INTERIOR):
            head = start + (8 if page[start] == _INDEX_LEAF else 12)
            cells = int.from_bytes(page[start + 3 : start + 5], "big")
            places = struct.unpack_from(f">{cells}H", page, head) if head + 2 * cells <= len(page) else (0,)
            if all(head + 2 * cells <= place < len(page) for place in places):
                return True
        return (number - 2) % (self.usable // _POINTER_BYTES + 1) == 0 or number == _LOCK_BYTE // len(page) + 1

    def _free_pages(self, first: bytes) -> frozenset[int]:
        free: set[int] = set()
        trunk = int.from_bytes(first[32:36], "big")
        while 1 < trunk <= self.count and trunk not in free:
            free.add(trunk)
            page = self.page(trunk) or b""
            if len(page) < 8:
                break
            following, leaves = struct.unpack_from(">II", page)
            leaves = min(leaves, self.usable // 4 - 2)
            free.update(struct.unpack_from(f">{leaves}I", page, 8))
            trunk = following
        return frozenset(free)


class Pages:
    """A file that nobody writes to, and its log; use as a context."""

    def __init__(self, path: Path) -> None:
        self._stack = ExitStack()
        self._file = self._mapped(path)
        self._size = _page_size(self._file)
        self._log = _log_pages(self._mapped(path.with_name(path.name + "-wal")), self._size)
        self.harm = Harm()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def records(self) -> Iterator[Record]:
        """Every record, those of the log last: of two with one key the later is the newer."""
        count = -(-len(self._file) // self._size)
        in_file = _View(self._in_file, count, self._size)
        yield from self._of_view(in_file, range(1, count + 1))
        newest = _View(self._newest, max([count, *self._log]), self._size)
        yield from self._of_view(newest, sorted(self._log))
        missing = set(range(count + 1, min(newest.announced, _MOST_PAGES) + 1)) - self._log.keys()
        self.harm.pages += len(missing) + (not newest.sound)

    def _of_view(self, view: _View, numbers: "range | list[int]") -> Iterator[Record]:
        unknown: set[int] = set()
        for number in numbers:
            if number in view.free:
                continue
            page = view.page(number) or b""
            start = _HEADER_BYTES if number == 1 else 0
            if len(page) == self._size and page[start] == _LEAF:
                yield from self._of_page(view, page, start)
            elif len(page) < self._size or not view.has_other_use(number, page):
                unknown.add(number)
        self.harm.pages += len(unknown - view.overflow)

    def _of_page(self, view: _View, page: bytes, start: int) -> Iterator[Record]:
        cells = int.from_bytes(page[start + 3 : start + 5], "big")
        if not 0 < cells <= self._size // 4:
            return
        for place in struct.unpack_from(f">{cells}H", page, start + 8):
            try:
                yield _record(view, page, place)
            except (_Nonsense, IndexError, struct.error, UnicodeDecodeError):
                self.harm.cells += 1

    def _in_file(self, number: int) -> bytes | None:
        place = (number - 1) * self._size
        return self._file[place : place + self._size] or None

    def _newest(self, number: int) -> bytes | None:
        return self._log.get(number) or self._in_file(number)

    def _mapped(self, path: Path) -> "mmap.mmap | bytes":
        if not path.exists() or not path.stat().st_size:
            return b""
        with path.open("rb") as file:
            return self._stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _page_size(file: "mmap.mmap | bytes") -> int:
    """As the header says; ours where it says nothing believable."""
    said = int.from_bytes(file[16:18], "big")
    size = 65536 if said == 1 else said
    return size if size >= 512 and not size & (size - 1) else 4096


def _log_pages(log: "mmap.mmap | bytes", size: int) -> dict[int, bytes]:
    """The newest of each page of the log's present generation, as far as it is committed."""
    if len(log) < _LOG_HEADER.size or _LOG_HEADER.unpack_from(log)[0] not in _LOG_MAGIC:
        return {}
    salts, pages, pending = _LOG_HEADER.unpack_from(log)[4:6], dict[int, bytes](), dict[int, bytes]()
    place = _LOG_HEADER.size
    while place + _FRAME.size + size <= len(log):
        number, committed, *frame = _FRAME.unpack_from(log, place)
        if tuple(frame[:2]) != salts:
            break
        pending[number] = log[place + _FRAME.size : place + _FRAME.size + size]
        if committed:
            pages.update(pending)
            pending.clear()
        place += _FRAME.size + size
    return pages


def _record(view: _View, page: bytes, place: int) -> Record:
    """The cell that begins there. Raises ``_Nonsense`` and what comes of reading beyond a page."""
    length, place = _varint(page, place)
    rowid, place = _varint(page, place)
    if not 0 < length <= _LARGEST_RECORD:
        raise _Nonsense
    return Record(_signed(rowid), _values(_payload(view, page, place, length)))


def _payload(view: _View, page: bytes, place: int, length: int) -> bytes:
    usable = view.usable
    if length <= usable - 35:
        return _exactly(page[place : place + length], length)
    least = (usable - 12) * 32 // 255 - 23
    local = least + (length - least) % (usable - 4)
    local = local if local <= usable - 35 else least
    parts = [_exactly(page[place : place + local], local)]
    following, left = int.from_bytes(page[place + local : place + local + 4], "big"), length - local
    while left > 0:
        overflow = view.page(following) if following else None
        if overflow is None:
            raise _Nonsense
        view.overflow.add(following)
        part = overflow[4 : 4 + min(left, usable - 4)]
        parts.append(part)
        following, left = int.from_bytes(overflow[:4], "big"), left - len(part)
        if not part:
            raise _Nonsense
    return b"".join(parts)


def _values(record: bytes) -> tuple[Value, ...]:
    header, place = _varint(record, 0)
    if not place <= header <= len(record):
        raise _Nonsense
    values: list[Value] = []
    content = header
    while place < header:
        kind, place = _varint(record, place)
        value, content = _value(record, content, kind)
        values.append(value)
    if place != header or content != len(record):
        raise _Nonsense
    return tuple(values)


def _value(record: bytes, place: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, place
    if kind in (8, 9):
        return kind - 8, place
    if kind in _SMALL_INTS:
        end = place + _SMALL_INTS[kind]
        return int.from_bytes(_exactly(record[place:end], end - place), "big", signed=True), end
    if kind == 7:
        return struct.unpack_from(">d", record, place)[0], place + 8
    if kind < 12:
        raise _Nonsense
    end = place + (kind - 12) // 2
    part = _exactly(record[place:end], end - place)
    return (part.decode() if kind % 2 else part), end


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        octet = data[place + count]
        if count == 8:
            return value << 8 | octet, place + 9
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            return value, place + count + 1
    raise AssertionError


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _exactly(part: bytes, length: int) -> bytes:
    if len(part) != length:
        raise _Nonsense
    return part
