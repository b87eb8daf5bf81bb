"""The line to the parent: one request after the other, in a thread of its own, with a limit for everything.

Nothing but the given context says who is believed: no proxies, no system authorities, no redirects, no settings from the
environment. A request that is cancelled or takes too long is broken off at its socket, so the thread is free at once.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from backend import __version__
from backend.identity.credentials import Credentials, NotEnrolled

CONNECT_S = 10.0
READ_S = 40.0
"""Between two pieces of an answer; a parent may wait up to 25 s for news before it answers a viewer."""
LONGEST_S = 180.0
"""For a whole request, however busily the other side drips."""
LARGEST_ANSWER = 32 * 1024 * 1024
_LONGEST_RETRY_S = 3600.0
_CHUNK = 64 * 1024
_BINARY = "application/octet-stream"


class LineCut(Exception):
    """The parent cannot be had: no connection, no answer in time, no TLS; why, in the system's own words."""


class Unenrolled(LineCut):
    """There is no certificate to be shown, or nobody to be believed."""


class Refused(Exception):
    """The parent answered, and did not do it."""

    def __init__(self, status: int, code: str, detail: str, retry_after_s: float | None) -> None:
        super().__init__(f"{status} {code} {detail}".strip())
        self.status, self.code, self.detail = status, code, detail
        self.retry_after_s = retry_after_s
        """Ask again after so many seconds; None where it was not said."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the parent answered, with a status of 2xx."""

    body: bytes
    headers: Mapping[str, str]


class _Problem(msgspec.Struct):
    type: str = ""
    detail: str = ""


class Line:
    """One session with one parent. ``close`` it in the end."""

    def __init__(self, url: str, context: Callable[[], ssl.SSLContext], version: Callable[[], object] = lambda: 0) -> None:
        """``context`` is asked again whenever ``version`` differs; it may raise ``NotEnrolled`` and ``OSError``."""
        self._url, self._context, self._version = url, context, version
        self._as_of: object = None
        self._session: requests.Session | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="line")
        self._handle: socket.socket | None = None

    @classmethod
    def of_member(cls, url: str, credentials: Credentials) -> "Line":
        """As a node that belongs; takes up a new certificate by itself."""
        return cls(url, credentials.member_context, credentials.version)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Reply:
        """Raises ``LineCut`` and ``Refused``."""
        return await self._ask("GET", path, query or {}, b"", {})

    async def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Raises ``LineCut`` and ``Refused``. What cannot be known after ``LineCut`` is whether it arrived."""
        return await self._ask("POST", path, {}, body, {"Content-Type": _BINARY, **(headers or {})})

    async def close(self) -> None:
        """Break off what is under way and wait for the thread."""
        self._break_off()
        await asyncio.to_thread(self._thread.shutdown)
        if self._session is not None:
            self._session.close()
        self._keep_handle(None)

    async def _ask(self, method: str, path: str, query: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Reply:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LONGEST_S):
                return await loop.run_in_executor(self._thread, self._send, method, path, query, body, headers)
        except TimeoutError as error:
            self._break_off()
            raise LineCut("the whole request took too long") from error
        except asyncio.CancelledError:
            self._break_off()
            raise

    def _send(self, method: str, path: str, query: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Reply:
        """In the thread."""
        try:
            session = self._current_session()
            with session.request(
                method,
                self._url + path,
                params=query,
                data=body or None,
                headers=dict(headers),
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _reply(response)
        except NotEnrolled as error:
            raise Unenrolled(str(error)) from error
        except (OSError, HTTPError, ValueError) as error:
            raise LineCut(_why(error)) from error

    def _current_session(self) -> requests.Session:
        version = self._version()
        if self._session is None or version != self._as_of:
            context = self._context()
            if self._session is not None:
                self._session.close()
            self._session, self._as_of = _session(context, self._keep_handle), version
        return self._session

    def _keep_handle(self, connection: socket.socket | None) -> None:
        former, self._handle = self._handle, connection.dup() if connection is not None else None
        if former is not None:
            former.close()

    def _break_off(self) -> None:
        handle = self._handle
        if handle is not None:
            # It may have ended by itself just now.
            with contextlib.suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Lets the context alone decide: requests would add its own bundle of authorities to it."""

    def __init__(self, context: ssl.SSLContext, connected: Callable[[socket.socket], None]) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        self.poolmanager.connection_pool_kw["ssl_context"] = context
        pool = _pool_class(connected, blind=context.verify_mode is ssl.CERT_NONE)
        self.poolmanager.pool_classes_by_scheme = {**self.poolmanager.pool_classes_by_scheme, "https": pool}

    def cert_verify(self, conn: Any, url: str, verify: object, cert: object) -> None:
        """The context does."""

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where to; nothing about whom to believe."""
        where, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return where, {}


def _pool_class(connected: Callable[[socket.socket], None], *, blind: bool) -> type[HTTPSConnectionPool]:
    """Connections that tell of their socket; a blind one does not warn, because its answer proves itself."""

    class Connection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            made = super()._new_conn()
            connected(made)
            return made

        def connect(self) -> None:
            super().connect()
            self.is_verified = self.is_verified or blind

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection  # type: ignore[assignment] - the protocol asks for more than the library's own class has

    return Pool


def _session(context: ssl.SSLContext, connected: Callable[[socket.socket], None]) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    session.mount("https://", _Adapter(context, connected))
    session.headers.update({"User-Agent": f"enemado/{__version__}", "Accept-Encoding": "identity"})
    return session


def _reply(response: requests.Response) -> Reply:
    parts: list[bytes] = []
    room = LARGEST_ANSWER
    for part in response.raw.stream(_CHUNK, decode_content=False):
        parts.append(part)
        room -= len(part)
        if room < 0:
            raise LineCut("an answer larger than any that is expected")
    body = b"".join(parts)
    if 200 <= response.status_code < 300:
        return Reply(body, response.headers)
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem()
    code = problem.type.rpartition(":")[2]
    raise Refused(response.status_code, code, problem.detail[:200], _retry_after(response.headers.get("Retry-After", "")))


def _retry_after(text: str) -> float | None:
    """Seconds only: that is what our parents say."""
    return min(float(text), _LONGEST_RETRY_S) if text.isascii() and text.isdigit() else None


def _why(error: BaseException) -> str:
    """The innermost reason: what wraps it only repeats the address."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__
