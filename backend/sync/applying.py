"""How a node asks to belong: it learns by its code whom to believe, applies, and asks until an operator has confirmed it."""

import asyncio
import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.certificates import make_request
from backend.identity.codes import digest_of, id_of, prove
from backend.identity.credentials import Credentials
from backend.identity.registry import Standing
from backend.identity.tls import blind_context, client_context
from backend.sync.line import Line
from backend.sync.messages import AUTHORITIES, ENROL, PROOF, Admittance, Application, decode, encode


class Impostor(Exception):
    """Whoever answers does not know the code: it is not the parent that made it."""


async def apply(url: str, node: str, private: Ed25519PrivateKey, code: str, credentials: Credentials) -> Admittance:
    """Ask to belong, by a code that the parent's operator told; whom to believe is kept beside the cache from then on.

    Raises ``Impostor``, ``LineCut``, ``Refused``, ``NotUnderstood`` and ``OSError``.
    """
    authorities = await _authorities(url, code)
    line = Line(url, lambda: client_context(authorities))
    try:
        admittance = await _enrol(line, node, private, code)
    finally:
        await line.close()
    await asyncio.to_thread(credentials.begin, authorities)
    await asyncio.to_thread(take_in, credentials, admittance)
    return admittance


async def ask_again(url: str, node: str, private: Ed25519PrivateKey, credentials: Credentials) -> Admittance:
    """Whether an operator has confirmed it; raises as ``apply``."""
    line = Line(url, credentials.stranger_context)
    try:
        admittance = await _enrol(line, node, private, "")
    finally:
        await line.close()
    await asyncio.to_thread(take_in, credentials, admittance)
    return admittance


def take_in(credentials: Credentials, admittance: Admittance) -> None:
    """Keep what a parent gave, if it gave it. Raises ``OSError``."""
    if admittance.standing is Standing.CONFIRMED:
        credentials.keep(admittance.certificate.encode(), admittance.authorities.encode())


async def _authorities(url: str, code: str) -> bytes:
    digest = digest_of(code)
    line = Line(url, blind_context)
    try:
        reply = await line.get(AUTHORITIES, {"code": id_of(digest)})
    finally:
        await line.close()
    proof = reply.headers.get(PROOF, "").encode()
    if not hmac.compare_digest(prove(digest, reply.body).hex().encode(), proof):
        raise Impostor(url)
    return reply.body


async def _enrol(line: Line, node: str, private: Ed25519PrivateKey, code: str) -> Admittance:
    application = Application(code, make_request(private, node).decode())
    return decode((await line.post(ENROL, encode(application))).body, Admittance)
