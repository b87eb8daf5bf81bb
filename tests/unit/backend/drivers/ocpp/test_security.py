"""Who may come in, and what is kept of those who may not."""

import base64
from pathlib import Path

import pytest
from websockets.exceptions import InvalidMessage, InvalidStatus

from backend.drivers.contract import DeviceMisconfigured, DeviceUnreachable
from backend.drivers.ocpp.central import CentralSystem
from backend.drivers.ocpp.dialects import DIALECTS
from backend.drivers.ocpp.listeners import tls_context
from backend.drivers.ocpp.refusals import Refusals
from backend.drivers.ocpp.security import Caller, Reason, certified_names, identity_of, refusal
from backend.model.device import DeviceStatus, Security
from backend.model.event import EventKind
from backend.settings.node import OcppListener, TlsFiles
from tests.support.certificates import listener_files, make_certificates, trusting
from tests.support.charge_point import calling, charger, serving
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink


def basic(user: str, password: str | bytes) -> str:
    secret = password if isinstance(password, bytes) else password.encode()
    return f"Basic {base64.b64encode(user.encode() + b':' + secret).decode()}"


GOOD = basic("CP-01", "correct horse battery")
LAN, INTERNET = "192.168.1.20", "8.8.8.8"


@pytest.mark.parametrize(
    ("security", "caller", "reason"),
    [
        (Security.NONE, Caller("CP-01", LAN), None),
        (Security.NONE, Caller("CP-01", "::ffff:10.0.0.7"), None),
        (Security.NONE, Caller("CP-01", "fe80::1%eth0"), None),
        (Security.NONE, Caller("CP-01", INTERNET), Reason.NOT_PRIVATE),
        (Security.NONE, Caller("CP-01", "::ffff:8.8.8.8"), Reason.NOT_PRIVATE),
        (Security.NONE, Caller("CP-01", ""), Reason.NOT_PRIVATE),
        (Security.BASIC, Caller("CP-01", LAN, authorization=GOOD), None),
        (Security.BASIC, Caller("CP-01", LAN), Reason.PASSWORD),
        (Security.BASIC, Caller("CP-01", LAN, authorization=basic("CP-02", "correct horse battery")), Reason.PASSWORD),
        (Security.BASIC, Caller("CP-01", LAN, authorization="Basic !!!"), Reason.PASSWORD),
        (Security.BASIC, Caller("CP-01", LAN, authorization="Bearer x"), Reason.PASSWORD),
        (Security.BASIC, Caller("CP-01", INTERNET, authorization=GOOD), Reason.NOT_PRIVATE),
        (Security.BASIC, Caller("CP-01", LAN, encrypted=True, authorization=GOOD), Reason.ENCRYPTED),
        (Security.TLS_BASIC, Caller("CP-01", INTERNET, encrypted=True, authorization=GOOD), None),
        (Security.TLS_BASIC, Caller("CP-01", LAN, authorization=GOOD), Reason.NOT_ENCRYPTED),
        (Security.TLS_BASIC, Caller("CP-01", LAN, encrypted=True, certified=("CP-01",)), Reason.PASSWORD),
        (Security.TLS_CERTIFICATE, Caller("CP-01", INTERNET, encrypted=True, certified=("CP-01",)), None),
        (Security.TLS_CERTIFICATE, Caller("CP-01", LAN, encrypted=True, certified=("CP-02",)), Reason.CERTIFICATE),
        (Security.TLS_CERTIFICATE, Caller("CP-01", LAN, encrypted=True, authorization=GOOD), Reason.CERTIFICATE),
        (Security.TLS_CERTIFICATE, Caller("CP-01", LAN), Reason.NOT_ENCRYPTED),
        (None, Caller("CP-01", LAN), Reason.NOT_ENCRYPTED),
    ],
)
def test_profiles(security: Security | None, caller: Caller, reason: Reason | None) -> None:
    assert refusal(caller, charger(security=security), "correct horse battery") is reason


def test_without_a_kept_secret_no_password_fits() -> None:
    device = charger(security=Security.BASIC)
    for password in ("", "a password that nobody has"):
        assert refusal(Caller("CP-01", LAN, authorization=basic("CP-01", password)), device, None) is Reason.PASSWORD


def test_a_key_kept_as_hexadecimal_may_come_as_the_bytes_it_means() -> None:
    key = "00112233445566778899aabbccddeeff"
    device = charger(security=Security.BASIC)
    for sent in (bytes.fromhex(key), key):
        assert refusal(Caller("CP-01", LAN, authorization=basic("CP-01", sent)), device, key) is None


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/ocpp/CP-01", "CP-01"),
        ("/CP-01", "CP-01"),
        ("/a/b/c/CP-01?x=1", "CP-01"),
        ("/ocpp/CP%2001", "CP 01"),
        ("/ocpp/CP-01/", "CP-01"),
        ("//CP-01", "CP-01"),
        ("/", ""),
        ("/%ff", ""),
    ],
)
def test_the_identity_is_the_end_of_the_path(path: str, identity: str) -> None:
    assert identity_of(path) == identity


def test_names_in_a_certificate() -> None:
    subject = ((("countryName", "JP"),), (("commonName", "CP-01"),), (("serialNumber", "S1"),))
    assert certified_names({"subject": subject}) == ("CP-01", "S1")
    assert certified_names(None) == ()


def test_a_flood_of_strangers_fills_neither_memory_nor_store() -> None:
    refusals = Refusals()
    told = [refusals.remember(Caller(f"X{n}", LAN), Reason.UNKNOWN, n) for n in range(5000)]
    assert len(refusals.known) == 256
    assert sum(event is not None for event in told) == 20


def test_a_stranger_who_keeps_knocking_is_counted() -> None:
    refusals = Refusals()
    events = [refusals.remember(Caller("X", LAN), Reason.UNKNOWN, 1000 + minute * 60_000) for minute in range(21)]
    told = [event for event in events if event is not None]
    assert [event.data["count"] for event in told] == [1, 11, 21]
    assert told[-1].data["first_seen_ms"] == 1000
    assert told[-1].data["last_seen_ms"] == 1000 + 20 * 60_000


async def status_of(url: str, identity: str, **options: object) -> int:
    with pytest.raises(InvalidStatus) as refused:
        async with calling(url, identity, **options):
            pass
    return refused.value.response.status_code


@pytest.mark.parametrize("version", list(DIALECTS))
async def test_unknown_and_wrong_password_look_alike_and_are_remembered(version: str) -> None:
    sink = RecordingSink()
    devices = [charger("CP-01", Security.BASIC)]
    async with serving(sink, devices, secret={"hall/CP-01": "right"}.get) as url:
        assert await status_of(url, "CP-99") == 401
        assert await status_of(url, "CP-01", additional_headers={"Authorization": basic("CP-01", "wrong")}) == 401
        assert await status_of(url, "CP-01") == 401
        assert await status_of(url.removesuffix("/ocpp"), "") == 401
        right = {"Authorization": basic("CP-01", "right")}
        async with calling(url, additional_headers=right, subprotocols=[version]) as cp:
            assert (await cp.ask("Heartbeat", {}))[0] == 3
    refused = [event.data for event in sink.events if event.kind is EventKind.DEVICE_REFUSED]
    assert [(data["claimed"], data["reason"]) for data in refused] == [
        ("CP-99", "unknown"),
        ("CP-01", "password"),
        ("", "no_identity"),
    ]
    assert {data["peer"] for data in refused} == {"127.0.0.1"}
    assert "right" not in repr(sink.deliveries)
    assert not [state for d in sink.deliveries for state in d.states if isinstance(state, DeviceStatus) and state.insecure]


@pytest.mark.parametrize("offer", [None, ["ocpp2.0"], ["ocpp1.5", "foo"]])
async def test_a_version_that_we_do_not_speak_is_refused(offer: list[str] | None) -> None:
    async with serving(RecordingSink()) as url:
        assert await status_of(url, "CP-01", subprotocols=offer) == 400


@pytest.mark.parametrize(
    ("offer", "spoken"),
    [
        (["ocpp1.6"], "ocpp1.6"),
        (["ocpp2.0.1", "ocpp1.6"], "ocpp2.0.1"),
        (["ocpp1.6", "ocpp2.0.1"], "ocpp1.6"),
        (["ocpp3.0", "ocpp2.1", "ocpp2.0.1"], "ocpp2.1"),
    ],
)
async def test_the_version_is_chosen_from_the_offer(offer: list[str], spoken: str) -> None:
    async with serving(RecordingSink()) as url, calling(url, subprotocols=offer) as cp:
        assert cp.socket.subprotocol == spoken


async def test_a_port_in_use_is_said_plainly() -> None:
    async with serving(RecordingSink()) as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
        system = CentralSystem(OcppListener("127.0.0.1", port))
        with pytest.raises(DeviceUnreachable, match=str(port)):
            await system.serve([], RecordingSink(), FakeClock(), lambda key: None).__aenter__()


def test_missing_certificate_files_are_a_matter_of_settings(tmp_path: Path) -> None:
    with pytest.raises(DeviceMisconfigured):
        tls_context(TlsFiles(tmp_path / "no.pem", tmp_path / "no.key"))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("version", list(DIALECTS))
async def test_profiles_2_and_3_over_real_tls(certificates: Path, version: str) -> None:
    files = listener_files(certificates)
    devices = [charger("CP-01"), charger("CP-02"), charger("CP-03")]
    profiles = (Security.TLS_CERTIFICATE, Security.TLS_CERTIFICATE, Security.TLS_BASIC)
    devices = [charger(device.names["en"], profile) for device, profile in zip(devices, profiles, strict=True)]
    sink = RecordingSink()
    password = {"additional_headers": {"Authorization": basic("CP-03", "pw")}}
    async with serving(sink, devices, tls=files, secret=lambda key: "pw") as url:
        for identity, name, options in (("CP-01", "one", {}), ("CP-02", "two", {}), ("CP-03", None, password)):
            async with calling(url, identity, ssl=trusting(certificates, name), subprotocols=[version], **options) as cp:
                assert (await cp.ask("Heartbeat", {}))[0] == 3
        assert await status_of(url, "CP-02", ssl=trusting(certificates, "one"), subprotocols=[version]) == 401
        assert await status_of(url, "CP-01", ssl=trusting(certificates, None), subprotocols=[version]) == 401
        assert await status_of(url, "CP-03", ssl=trusting(certificates, None), subprotocols=[version]) == 401
        with pytest.raises((OSError, InvalidMessage)):
            async with calling(url, "CP-01", ssl=trusting(certificates, "self")) as cp:
                await cp.ask("Heartbeat", {})
    reasons = [event.data["reason"] for event in sink.events if event.kind is EventKind.DEVICE_REFUSED]
    assert reasons == ["certificate", "certificate", "password", "handshake"]
