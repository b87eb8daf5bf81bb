"""Real sockets: who gets in, as whom, and who does not."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.identity.authority import Authority
from backend.identity.certificates import Holder, issue_node, pem_of, read_request
from backend.identity.renewal import ask_renewal
from backend.identity.tls import client_context, server_context
from tests.support.applicant import Applicant
from tests.support.until import until
from tests.unit.backend.identity.conftest import DAY_MS

TODAY_MS = int(datetime.now(UTC).timestamp() * 1000)


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("town") / "ca")
    made.create("Town", TODAY_MS)
    return made


@asynccontextmanager
async def gate(authority: Authority, hosts: tuple[str, ...] = ("localhost", "127.0.0.1")) -> AsyncGenerator[int]:
    """A server that answers each caller with the name under which it knows it."""
    private = generate_private_key(SECP256R1())
    certificate = authority.issue_server(hosts, private.public_key(), TODAY_MS)
    context = server_context(certificate, private, authority.believed(TODAY_MS))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        judged = authority.judge(shown, TODAY_MS) if shown else None
        writer.write((judged.node if isinstance(judged, Holder) else "nobody").encode() + b"\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await settled()


async def settled() -> None:
    """Handshakes that the client gave up have ended on the server's side too."""
    await until(lambda: len(asyncio.all_tasks()) == 1)


async def knock(port: int, context: ssl.SSLContext, host: str = "localhost") -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=host)
    try:
        return (await reader.readline()).decode().strip()
    except (ssl.SSLError, ConnectionError):
        # With TLS 1.3 a client learns only afterwards that its certificate was refused.
        return ""
    finally:
        writer.close()
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            await writer.wait_closed()


async def test_a_member_is_known_and_a_stranger_is_nobody(town: Authority) -> None:
    school = Applicant("緑ヶ丘小学校")
    answer = school.join(town, TODAY_MS)
    async with gate(town) as port:
        for host in ("localhost", "127.0.0.1"):
            assert await knock(port, client_context(answer.authorities, answer.certificate, school.private), host) == school.name
        assert await knock(port, client_context(answer.authorities)) == "nobody"


async def test_who_is_revoked_is_nobody_at_once(town: Authority, school: Applicant) -> None:
    answer = school.join(town, TODAY_MS)
    context = client_context(answer.authorities, answer.certificate, school.private)
    async with gate(town) as port:
        assert await knock(port, context) == "school"
        town.revoke(town.registry.members(), TODAY_MS)
        assert await knock(port, context) == "nobody"


@pytest.mark.parametrize("fault", ["expired", "not yet", "other authority"])
async def test_a_certificate_that_does_not_hold_ends_the_handshake(town: Authority, school: Applicant, fault: str) -> None:
    good = school.join(town, TODAY_MS)
    if fault == "other authority":
        other = Authority(town.folder.parent / "other")
        other.create("Town", TODAY_MS)
        certificate = school.join(other, TODAY_MS).certificate
    else:
        at_ms = TODAY_MS + (DAY_MS if fault == "not yet" else -31 * DAY_MS)
        holder = read_request(school.request)
        certificate = pem_of(issue_node(holder, town.certificates()[0], town._key(1), at_ms))
    async with gate(town) as port:
        assert await knock(port, client_context(good.authorities, certificate, school.private)) == ""


async def test_who_came_too_late_renews_without_showing_the_old_one(town: Authority, school: Applicant) -> None:
    old = school.join(town, TODAY_MS - 60 * DAY_MS)
    async with gate(town) as port:
        assert await knock(port, client_context(old.authorities)) == "nobody"
        new = town.renew(ask_renewal(school.private, old.certificate, "school"), TODAY_MS)
        assert await knock(port, client_context(new.authorities, new.certificate, school.private)) == "school"


async def test_a_node_talks_to_no_other_server(town: Authority, school: Applicant) -> None:
    answer = school.join(town, TODAY_MS)
    other = Authority(town.folder.parent / "other")
    other.create("Town", TODAY_MS)
    async with gate(other) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await knock(port, client_context(answer.authorities, answer.certificate, school.private))
    async with gate(town, ("elsewhere.example",)) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await knock(port, client_context(answer.authorities, answer.certificate, school.private))


async def test_a_member_is_no_server(town: Authority, school: Applicant) -> None:
    answer = school.join(town, TODAY_MS)
    context = server_context(answer.certificate, school.private, answer.authorities)
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            await knock(server.sockets[0].getsockname()[1], client_context(answer.authorities))
        await settled()


async def test_old_versions_are_refused(town: Authority, school: Applicant) -> None:
    context = client_context(school.join(town, TODAY_MS).authorities)
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with gate(town) as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await knock(port, context)


async def test_after_a_rotation_old_and_new_members_get_in(town: Authority) -> None:
    old, new = Applicant("old"), Applicant("new")
    before = old.join(town, TODAY_MS)
    town.rotate(TODAY_MS)
    after = new.join(town, TODAY_MS)
    assert after.authorities.count(b"BEGIN") == 2
    async with gate(town) as port:
        assert await knock(port, client_context(before.authorities, before.certificate, old.private)) == "old"
        assert await knock(port, client_context(after.authorities, after.certificate, new.private)) == "new"
