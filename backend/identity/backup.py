"""An authority in one file, its keys locked with a password, and back again."""

import io
import zipfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from backend.identity.authority import Authority
from backend.identity.cabinet import Cabinet, KeyLost, write_private
from backend.identity.certificates import NotACertificate, read_certificate

_REGISTRY = "registry.sqlite"
_LARGEST = 256 * 1024 * 1024


class NotABackup(Exception):
    """The file is none of ours, it is damaged, or the password is another."""


def back_up(authority: Authority, target: Path, password: str) -> int:
    """Write it all into ``target``; how many keys. Raises ``KeyLost`` and ``OSError``, and then writes nothing."""
    lock = BestAvailableEncryption(password.encode())
    packed = io.BytesIO()
    files = sorted(authority.folder.glob("authority-*.pem"))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            key = Cabinet(path.with_suffix(".key")).load()
            if key is None:
                raise KeyLost(path.name)
            archive.writestr(path.name, path.read_bytes())
            archive.writestr(path.with_suffix(".key").name, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
        archive.writestr(_REGISTRY, authority.registry.dump())
    write_private(target, packed.getvalue())
    return len(files)


def restore(source: Path, folder: Path, password: str) -> Authority:
    """An authority as it was backed up, in an empty folder. Raises ``NotABackup``, ``FileExistsError`` and ``OSError``."""
    authority = Authority(folder)
    if authority.exists or authority.registry.path.exists():
        raise FileExistsError(str(folder))
    files = _unpack(source)
    pairs = [_pair(files, name, password) for name in sorted(files) if name.endswith(".pem")]
    if not pairs or _REGISTRY not in files:
        raise NotABackup(str(source))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(authority.registry.path, files[_REGISTRY])
    for name, certificate, key in pairs:
        Cabinet((folder / name).with_suffix(".key")).keep(key, f"authority {certificate.serial_number:x}")
        write_private(folder / name, files[name])
    return authority


def _pair(files: dict[str, bytes], name: str, password: str) -> tuple[str, x509.Certificate, EllipticCurvePrivateKey]:
    try:
        certificate = read_certificate(files[name])
        key = load_pem_private_key(files[name.replace(".pem", ".key")], password.encode())
    except (KeyError, ValueError, TypeError, NotACertificate) as error:
        raise NotABackup(name) from error
    if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise NotABackup(name)
    return name, certificate, key


def _unpack(source: Path) -> dict[str, bytes]:
    """Flat names only, and not more than any authority has."""
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > _LARGEST or any(
                Path(m.filename).name != m.filename for m in members
            ):
                raise NotABackup(str(source))
            return {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        raise NotABackup(str(source)) from error
