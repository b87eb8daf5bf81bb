"""From a code to a proof, with the command an operator has: enrolment, proof, a new key, revocation, quarantine."""

import asyncio
import getpass
import json
from datetime import datetime
from pathlib import Path

import pytest

from backend.identity.certificates import make_request
from backend.identity.credentials import Credentials
from backend.identity.node_key import key_cabinet
from backend.model.event import EventKind
from backend.model.sync import LinkState
from backend.sync.line import Line
from backend.sync.messages import BatchesAnswer, decode
from backend.wire.batch import unseal
from backend.wire.parcel import pack_parcel, unpack_parcel
from backend.wire.signature import key_id_of, read_key_id, verify
from tests.e2e.test_exchange import SITE, events_at, measure, nodes, point, reads, stands
from tests.support.command import Enemado
from tests.support.exchange import Sealer
from tests.support.kin import Kin, now_ms
from tests.support.until import until


@pytest.fixture
def kin(tmp_path: Path) -> Kin:
    return Kin(tmp_path / "town")


@pytest.fixture
def enemado(tmp_path: Path) -> Enemado:
    return Enemado(tmp_path / "data")


def stranger(kin: Kin, name: str = "aoba") -> Path:
    """Settings of a node that nobody has enrolled."""
    folder = kin.folder / name
    folder.mkdir()
    settings = folder / "node.yaml"
    settings.write_text(SITE.format(name=name, site=name, url=kin.url), encoding="utf-8")
    return settings


async def enrol(kin: Kin, enemado: Enemado, settings: Path) -> str:
    """As two operators do it, one at each end; the key id that they compared."""
    ca = ("--folder", kin.authority.folder)
    code = (await enemado("ca", "code", "aoba", *ca)).out.strip()
    asking = await enemado.start("sync", "enrol", "--settings", settings)
    assert asking.stdin is not None
    assert asking.stdout is not None
    asking.stdin.write(f"{code}\n".encode())
    lines: list[str] = []
    while not lines or "ca confirm" not in lines[-1]:
        lines.append((await asking.stdout.readline()).decode())
        assert lines[-1], "the command has ended"
    key_id = lines[-1].split()[-1]
    await until(lambda: stands(settings.parent / "node.enemado", LinkState.WAITING))
    assert (await enemado("ca", "confirm", key_id, *ca)).code == 0
    said, warned = await asking.communicate()
    assert asking.returncode == 0, warned.decode()
    assert "belongs" in said.decode()
    assert code not in "".join(lines) + said.decode() + warned.decode()
    return key_id


async def test_from_a_code_to_a_proof_that_outlives_its_key(kin: Kin, enemado: Enemado) -> None:
    settings = stranger(kin)
    cache = settings.parent / "node.enemado"
    key, cloud = point("aoba").key, ("--settings", kin.settings)
    async with nodes(kin.settings, settings) as (_, node):
        await until(lambda: stands(cache, LinkState.NOT_ENROLLED))
        old = await enrol(kin, enemado, settings)
        assert old == (await node.actions["status"]({}))["key_id"]
        await measure(node, "aoba", 1.5)
        await until(lambda: reads(kin.cache, "aoba", 1.5))
        await until(lambda: events_at(kin.cache, EventKind.NODE_ENROLLED))
        between_ms = now_ms()
        new = (await enemado("sync", "rotate-key", "--settings", settings)).out.split()[-1]
        assert new not in ("", old)
        await measure(node, "aoba", 2.5)
        await until(lambda: reads(kin.cache, "aoba", 2.5))
        await until(lambda: stands(cache, LinkState.CONNECTED))

        target = kin.folder / "proof"
        for at_ms, key_id, value in ((between_ms, old, 1.5), (now_ms(), new, 2.5)):
            for at in (cloud, ("--settings", settings)):
                asked = ("sync", "proof", key, "--at", _written(at_ms), "--to", target, *at)
                proof = json.loads((await enemado(*asked, "--json")).out)
                assert (proof["value"], proof["key_id"], proof["node"]) == (value, key_id, "aoba")
                assert (proof["verdict"], proof["definition_verdict"], proof["attested_by"]) == ("holds", "holds", "gateway")
        said = (await enemado("sync", "proof", key, "--at", _written(now_ms()), *cloud)).out
        assert "by the gateway “aoba”" in said
        _verify_alone(target, cache, 2.5)

        assert (await enemado("ca", "revoke", "aoba", "--folder", kin.authority.folder)).code == 0
        await measure(node, "aoba", 3.5)
        await until(lambda: stands(cache, LinkState.REFUSED))
        await until(lambda: events_at(kin.cache, EventKind.NODE_REVOKED))
        proof = json.loads((await enemado("sync", "proof", key, "--at", _written(between_ms), *cloud, "--json")).out)
        assert proof["verdict"] == "revoked"
        assert await reads(kin.cache, "aoba", 2.5)


def _written(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).astimezone().isoformat()


def _verify_alone(proof: Path, cache: Path, value: float) -> None:
    """As somebody does who has the file, the public key, and FORMAT.md."""
    private = key_cabinet(cache).load()
    assert private is not None
    public = private.public_key()
    signed = unpack_parcel(proof.read_bytes())[-1]
    assert read_key_id(signed.envelope) == key_id_of(public)  # type: ignore[arg-type]
    verify(signed.envelope, signed.body, public)  # type: ignore[arg-type]
    assert value in unseal(signed.body).readings.value


async def test_what_is_not_believed_comes_back_by_two_people_and_a_key(kin: Kin, enemado: Enemado) -> None:
    settings = stranger(kin)
    credentials_of = settings.parent / "node.enemado"
    kin.enrol(credentials_of, "aoba")
    sealer = Sealer("aoba", at_ms=now_ms() - 60_000)
    batch = sealer.seal(3, defines=True)
    cloud = ("--settings", kin.settings)
    async with nodes(kin.settings):
        await until(lambda: _listens(kin.port))
        line = Line.of_member(kin.url, Credentials(credentials_of))
        reply = await line.post("/sync/v1/batches", pack_parcel([batch.signed]))
        await line.close()
        (result,) = decode(reply.body, BatchesAnswer).results
        assert (result.verdict, result.reason) == ("refused", "unknown_key")

        (entry,) = json.loads((await enemado("quarantine", "list", "--json", *cloud)).out)["entries"]
        number = entry["number"]
        assert (entry["source"], entry["reason"]) == ("aoba", "unknown_key")
        assert "unknown key" in (await enemado("quarantine", "list", *cloud)).out
        shown = (await enemado("quarantine", "show", number, *cloud)).out
        assert "Says that it is of:" in shown
        assert "aoba" in shown
        assert "00000000  45 42 01" in shown
        await enemado("quarantine", "show", number, "--to", kin.folder / "original", *cloud)
        assert (kin.folder / "original").read_bytes() == batch.signed.body + batch.signed.envelope
        assert (await enemado("quarantine", "show", 99, *cloud)).code == 2

        release = ("quarantine", "release", number, *cloud, "--confirmed-by")
        alone = await enemado(*release, getpass.getuser().upper())
        assert (alone.code, "two different people" in alone.err) == (1, True)
        still = await enemado(*release, "Hanako")
        assert (still.code, "unknown key" in still.err) == (1, True)
        request = make_request(sealer.key.private, "aoba")
        kin.authority.apply(kin.authority.make_code("aoba", now_ms()), request, now_ms())
        kin.authority.confirm(sealer.key.key_id, now_ms())
        believed = await enemado(*release, "Hanako")
        assert (believed.code, believed.err) == (0, "")
        assert (await enemado(*release, "Hanako")).code == 1
        assert json.loads((await enemado("quarantine", "list", "--json", *cloud)).out)["entries"] == []
        told = await events_at(kin.cache, EventKind.QUARANTINE_RELEASED)
        assert [(event.data["by"], event.data["confirmed_by"], event.data["reason"]) for event in reversed(told)] == [
            (getpass.getuser(), "Hanako", "unknown_key"),
            (getpass.getuser(), "Hanako", ""),
        ]
        assert await events_at(kin.cache, EventKind.BATCH_QUARANTINED)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_a_code_that_is_wrong_is_told_in_words(kin: Kin, enemado: Enemado) -> None:
    settings = stranger(kin)
    async with nodes(kin.settings):
        await until(lambda: _listens(kin.port))
        wrong = await enemado("sync", "enrol", "--settings", settings, typed="AAAA-BBBB-CCCC-DDDD\n")
        assert (wrong.code, "does not accept" in wrong.err) == (1, True)
    gone = await enemado("sync", "enrol", "--settings", settings, typed="AAAA-BBBB-CCCC-DDDD\n")
    assert (gone.code, "does not answer" in gone.err) == (1, True)
