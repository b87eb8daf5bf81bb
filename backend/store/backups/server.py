"""A base backup of a PostgreSQL server into a folder that can be checked, and from there, with the archived log, to any moment.

The folder holds ``data``, as pg_basebackup makes it, and ``manifest.json``.
"""

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from backend import __version__
from backend.model.message import Message
from backend.store.backups import programs
from backend.store.backups.manifest import digest_of
from backend.store.backups.places import BackupError, check_empty, publish, sync, workshop
from backend.store.backups.progress import Stage, Tell

_MANIFEST = "manifest.json"
_SIGNALS = ("standby.signal", "recovery.signal")


class ServerManifest(msgspec.Struct, frozen=True):
    """Who made the backup when, and what is in it at least."""

    program: str
    """Version of Enemado."""
    made_ms: int
    """When it was whole, by the server's clock: no earlier moment can be had from it."""
    server: int
    """Version of PostgreSQL, as ``150018``."""
    node: str
    epoch: str
    """Of the node that had sealed last when it was begun."""
    sequence: int
    sha256: str
    """Of ``backup_manifest``, which holds those of all files."""

    @property
    def major(self) -> int:
        """The version whose programs are needed."""
        return self.server // 10_000


@dataclass(frozen=True, slots=True)
class Recovery:
    """How far to go beyond the base backup."""

    fetch: str
    """The server's ``restore_command``."""
    until: datetime | None = None
    """None for as far as the archive reaches."""


def back_up_server(address: str, node: str, target: Path, tell: Tell) -> ServerManifest:
    """A base backup while the server works. Raises ``StorageError`` and ``OSError``, and leaves nothing then."""
    from backend.store.postgres.source import PostgresSource

    check_empty(target)
    with closing(PostgresSource(address)) as source, workshop(target) as folder:
        version, state = int(source.one("SHOW server_version_num")), source.state()
        draft = folder / "backup"
        draft.mkdir(mode=0o700)
        _base_backup(address, draft / "data", version // 10_000, tell)
        made_ms = int(source.one("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"))
        digest = digest_of(draft / "data" / "backup_manifest", tell)
        manifest = ServerManifest(__version__, made_ms, version, node, state.epoch, state.sequence, digest)
        _prove(draft / "data", manifest, tell)
        (draft / _MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        sync(draft / _MANIFEST)
        publish(draft, target)
    return manifest


def check_server(source: Path, tell: Tell) -> ServerManifest:
    """Verify the hash of every file. Raises ``BackupError`` and ``OSError``."""
    manifest = _read_manifest(source)
    _prove(source / "data", manifest, tell)
    return manifest


def restore_server(source: Path, target: Path, recovery: Recovery | None, now_ms: int, tell: Tell) -> ServerManifest:
    """A data folder on which the server can be started: as it was backed up, or recovered further.

    Raises ``BackupError`` and ``OSError``, and leaves nothing then.
    """
    check_empty(target)
    manifest = _read_manifest(source)
    if recovery is not None and recovery.until is not None and recovery.until.timestamp() * 1000 < manifest.made_ms:
        raise BackupError(
            Message("This backup was whole at {moment}, later than what is asked for: take an older one", _at(manifest.made_ms))
        )
    with workshop(target) as folder:
        draft = folder / "data"
        _copy(source / "data", draft, tell)
        _prove(draft, manifest, tell)
        _prepare(draft, recovery, now_ms)
        _settle(draft, target if target.exists() else target.parent)
        publish(draft, target)
    return manifest


def _base_backup(address: str, target: Path, major: int, tell: Tell) -> None:
    options = ("--format=plain", "--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256", "--progress")
    command = (programs.find("pg_basebackup", major), f"--dbname={address}", f"--pgdata={target}", "--no-password", *options)
    programs.run(command, {"PGTARGETSESSIONATTRS": "read-write"}, lambda done, total: tell(Stage.COPYING, done, total))


def _prove(data: Path, manifest: ServerManifest, tell: Tell) -> None:
    if digest_of(data / "backup_manifest", tell) != manifest.sha256:
        values: dict[str, str | int | float] = {"path": str(data), "names": "backup_manifest"}
        raise BackupError(Message("{path} does not hold what it says: {names}", values))
    programs.run((programs.find("pg_verifybackup", manifest.major), "--exit-on-error", str(data)), {}, _unheard)


def _unheard(_done: int, _total: int) -> None:
    """It says nothing until it is done."""


def _read_manifest(source: Path) -> ServerManifest:
    try:
        return msgspec.json.decode((source / _MANIFEST).read_bytes(), type=ServerManifest)
    except (FileNotFoundError, msgspec.MsgspecError) as error:
        raise BackupError(Message("{path} is no backup of a server", {"path": str(source)})) from error


def _copy(source: Path, target: Path, tell: Tell) -> None:
    sizes = {path: path.stat().st_size for path in source.rglob("*") if path.is_file()}
    total, done = sum(sizes.values()), 0

    def copy_one(one: str, other: str) -> None:
        nonlocal done
        shutil.copy2(one, other)
        done += sizes.get(Path(one), 0)
        tell(Stage.COPYING, done, total)

    shutil.copytree(source, target, copy_function=copy_one)


def _prepare(data: Path, recovery: Recovery | None, now_ms: int) -> None:
    """Settings that this server alone needs; they count more than those in ``postgresql.conf``."""
    for name in _SIGNALS:
        (data / name).unlink(missing_ok=True)
    # It must not mix its log into the archive of the server that it came from, nor wait for that one's standby.
    chosen = {"enemado.restored": str(now_ms), "archive_mode": "off", "synchronous_standby_names": ""}
    if recovery is not None:
        chosen |= {"restore_command": recovery.fetch, "recovery_target_action": "promote"}
        if recovery.until is not None:
            chosen["recovery_target_time"] = recovery.until.astimezone(UTC).isoformat(" ")
        (data / "recovery.signal").touch()
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in chosen.items()]
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.writelines(["\n# Written by enemado restore\n", *lines])


def _settle(data: Path, place: Path) -> None:
    """Everything on disk, and, where root did this, the property of whoever owns the place."""
    owner = place.stat()
    for path in (*data.rglob("*"), data):
        if os.name == "posix" and os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        if not path.is_symlink():
            sync(path)


def _at(moment_ms: int) -> dict[str, str | int | float]:
    return {"moment": datetime.fromtimestamp(moment_ms / 1000).astimezone().isoformat(" ", "seconds")}
