"""``file:///folder#zone=site`` and ``csv+https://host/file.csv#every=3600``: devices that are files."""

from urllib.parse import parse_qsl, urlsplit

from backend.model.message import Message

FOLDER_FORM = Message("a folder such as file:///srv/inbox#zone=site, and after “#” what is decided about its files")
FETCHED_FORM = Message("an address such as csv+https://example.org/today.csv#every=3600&zone=UTC")


def folder_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    try:
        parts = urlsplit(address)
        good = not parts.netloc and parts.path.startswith("/") and len(parts.path) > 1 and not parts.query
        return None if good and _are_options(parts.fragment) else FOLDER_FORM
    except ValueError:
        return FOLDER_FORM


def fetched_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    try:
        parts = urlsplit(address)
        good = bool(parts.hostname) and parts.port != 0 and parts.username is None and parts.password is None
        return None if good and _are_options(parts.fragment) and _is_polite(parts.fragment) else FETCHED_FORM
    except ValueError:
        return FETCHED_FORM


def _are_options(fragment: str) -> bool:
    parse_qsl(fragment, strict_parsing=bool(fragment))
    return True


def _is_polite(fragment: str) -> bool:
    every = dict(parse_qsl(fragment)).get("every", "3600")
    return every.isdecimal() and 60 <= int(every) <= 86_400 * 31


def normal(address: str) -> str:
    """One spelling per place; of a well-formed address."""
    return urlsplit(address)._replace(fragment="").geturl().rstrip("/")
