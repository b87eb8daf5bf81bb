"""One GET of JSON, blocking: bounded in time and size, redirects to the same place only. Runs in a thread."""

import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from backend.drivers.contract import DeviceGarbled, DeviceMisconfigured, DeviceUnreachable
from backend.drivers.document import LARGEST_BYTES

_MOST_REDIRECTS: Final = 3
_MISCONFIGURED: Final = (400, 401, 403, 404, 405, 410)
_PIECE: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """An address, its options taken apart."""

    url: str
    timeout_s: float
    fingerprint: str
    """SHA-256 of the certificate that is expected; empty for any that the system trusts."""


def read_place(address: str, usual_s: float) -> Place:
    """``https://host/path#timeout=3&sha256=…``. Raises ``DeviceMisconfigured``."""
    try:
        parts = urlsplit(address)
        options = dict(parse_qsl(parts.fragment))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(address)
        return Place(parts._replace(fragment="").geturl(), float(options.get("timeout", usual_s)), options.get("sha256", ""))
    except ValueError as error:
        raise DeviceMisconfigured(f"{address}: expected http://host/path") from error


class Fetcher:
    """Fetches one document again and again over one connection."""

    def __init__(self, place: Place, secret: str | None) -> None:
        self._place = place
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "enemado"})
        self._session.headers.update(_credentials(self._session, secret))
        if place.fingerprint:
            self._session.mount("https://", _Pinned(place.fingerprint))
        self._tag = ""
        self._last = b""

    def fetch(self) -> bytes:
        """The document; the last one again where the device says that it has not changed. Raises ``DeviceError``."""
        deadline = time.monotonic() + self._place.timeout_s
        try:
            return self._follow(deadline)
        except (requests.ConnectionError, requests.Timeout, TimeoutError, ReadTimeoutError, ProtocolError) as error:
            raise DeviceUnreachable(str(error)[:200]) from error
        except (requests.RequestException, HTTPError, HTTPException, ValueError) as error:
            raise DeviceGarbled(f"no proper answer: {error}"[:200]) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _follow(self, deadline: float) -> bytes:
        url = self._place.url
        for _ in range(_MOST_REDIRECTS + 1):
            with self._get(url) as answer:
                if not answer.is_redirect:
                    return self._body(answer, deadline)
                url = _next(url, answer.headers["location"])
        raise DeviceMisconfigured(f"{self._place.url}: redirects without end")

    def _get(self, url: str) -> requests.Response:
        headers = {"If-None-Match": self._tag} if self._tag else {}
        return self._session.get(url, headers=headers, timeout=self._place.timeout_s, stream=True, allow_redirects=False)

    def _body(self, answer: requests.Response, deadline: float) -> bytes:
        if answer.status_code == requests.codes.not_modified and self._tag:
            return self._last
        if answer.status_code in _MISCONFIGURED:
            raise DeviceMisconfigured(f"{self._place.url}: {answer.status_code} {answer.reason}")
        if answer.status_code != requests.codes.ok:
            raise DeviceUnreachable(f"{answer.status_code} {answer.reason}")
        self._last = _read(answer, deadline)
        self._tag = answer.headers.get("etag", "")[:200]
        return self._last


def _read(answer: requests.Response, deadline: float) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise DeviceGarbled("compressed, although we asked for plain text")
    body = bytearray()
    while piece := answer.raw.read1(_PIECE):
        body += piece
        if len(body) > LARGEST_BYTES:
            raise DeviceGarbled(f"longer than {LARGEST_BYTES} bytes")
        if time.monotonic() > deadline:
            raise DeviceUnreachable("an answer that takes too long")
    return bytes(body)


def _next(url: str, location: str) -> str:
    """Where a redirect leads. Raises ``DeviceMisconfigured`` for any other host: secrets and trust end there."""
    target = urljoin(url, location)
    if _origin(urlsplit(url)) != _origin(urlsplit(target)):
        raise DeviceMisconfigured(f"{url} redirects to another host: {target[:100]}")
    return target


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _credentials(session: requests.Session, secret: str | None) -> dict[str, str]:
    """``user:password`` or a bearer token."""
    if not secret:
        return {}
    user, colon, password = secret.partition(":")
    if colon:
        session.auth = (user, password)
        return {}
    return {"Authorization": f"Bearer {secret}"}


class _Pinned(HTTPAdapter):
    """Believes one certificate, whoever signed it."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, assert_fingerprint=self._fingerprint, **options)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The fingerprint is checked by the pool instead."""
        conn.cert_reqs = "CERT_NONE"
