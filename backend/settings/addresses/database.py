"""``postgresql://user@host/database``: where a cloud may keep everything."""

from urllib.parse import parse_qsl, urlsplit

from backend.model.message import Message

STORE_FORM = Message("an address such as postgresql://enemado@db.example/enemado, its password in the file ~/.pgpass")
_SECRET = {"password", "sslpassword"}


def store_fault(address: str) -> Message | None:
    """What is expected of a database's address instead, or None where it is well formed; several hosts stand with commas."""
    return None if all(map(_is_database, each_host(address))) else STORE_FORM


def each_host(address: str) -> list[str]:
    """One address for each host of ``postgresql://user@h1:p1,h2:p2/database``, in order."""
    scheme, _, rest = address.partition("://")
    netloc, slash, path = rest.partition("/")
    user, at, hosts = netloc.rpartition("@")
    return [f"{scheme}://{user}{at}{host}{slash}{path}" for host in hosts.split(",")]


def _is_database(address: str) -> bool:
    try:
        parts = urlsplit(address)
        named = parts.scheme == "postgresql" and parts.hostname and parts.path.strip("/") and parts.port != 0
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        return False
    return bool(named) and parts.password is None and not options.keys() & _SECRET and not parts.fragment
