"""What a settings file says, as the rest of the engine sees it."""

from dataclasses import dataclass, field
from pathlib import Path

from backend.model.device import Device
from backend.model.kiosk import KioskPlan
from backend.model.site import Site


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the cache keeps what, and how large it may grow."""

    cap_bytes: int = 4 << 30
    """The cache file and its log together never grow past this."""
    raw_days: int = 400
    """Every single reading."""
    minute_days: int = 800
    """Minimum, mean and maximum per minute."""
    quarter_days: int = 3700
    """Per quarter hour; hours and days are kept for good."""
    proof_days: int = 7
    """The sealed batches in which readings came, with their signatures; at the cap they go first."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Certificate of this node's own listener."""

    certificate: Path
    """PEM, with the chain."""
    key: Path
    client_ca: Path | None = None
    """PEM of the authority that signs the chargers' certificates (security profile 3)."""


@dataclass(frozen=True, slots=True)
class OcppListener:
    """Where chargers find us."""

    host: str = "0.0.0.0"
    port: int = 9000
    tls: TlsFiles | None = None
    heartbeat_s: int = 60
    """Heartbeat interval that we ask chargers for."""
    sample_s: int = 30
    """Interval of meter values that we ask chargers for during a session."""
    tls_port: int | None = None
    """Where TLS is spoken, beside a plain ``port``; None where ``port`` is the only one and speaks TLS if that is set."""


@dataclass(frozen=True, slots=True)
class MqttBroker:
    """Where devices leave what they measure. The password is the secret named ``mqtt``."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str = ""
    client_id: str = ""
    """Fixed, because the broker keeps what we miss under it; empty for one made of the node's name."""
    version: int = 5
    """5, or 3 for MQTT 3.1.1."""
    tls: bool = False
    ca: Path | None = None
    """PEM of the authority that signs the broker's certificate; None for those that the system trusts."""

    @property
    def is_here(self) -> bool:
        """Whether the way to it leads over no network."""
        return self.host in ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class PushListener:
    """Where devices send JSON to, each with the key that is its secret."""

    host: str = "0.0.0.0"
    port: int = 8080
    tls: TlsFiles | None = None


@dataclass(frozen=True, slots=True)
class EchonetPort:
    """By which UDP port this node speaks ECHONET Lite; devices answer to the port, so that other programs must not have it."""

    interface: str = ""
    """IPv4 address of this computer in the network of the devices; empty for all of its networks."""
    port: int = 3610


@dataclass(frozen=True, slots=True)
class ApiListener:
    """Where other programs may ask this node."""

    host: str = "127.0.0.1"
    port: int = 8443
    tls: TlsFiles | None = None
    """None on loopback only: tokens must not cross a network readable."""
    per_second: float = 20.0
    """Requests of one token; five times as many at once."""


@dataclass(frozen=True, slots=True)
class Parent:
    """Where this node sends everything it has, or from where a viewer follows."""

    url: str
    """``https://host:port``."""
    parcel_bytes: int = 1 << 20
    """A request holds about so much at most."""


@dataclass(frozen=True, slots=True)
class Follow:
    """A viewer: keeps a copy of what its parent has of some sites."""

    sites: tuple[str, ...]
    days: int = 8
    """Single readings are fetched so many days back; older roll-ups and all days too."""


@dataclass(frozen=True, slots=True)
class IngestListener:
    """Where children send to and viewers follow from. TLS always; who sends shows a certificate of this node's authority."""

    names: tuple[str, ...]
    """Names and addresses by which children reach this node: they stand in its certificate."""
    authority: Path
    """Folder of the certificate authority (``enemado ca``)."""
    host: str = "0.0.0.0"
    port: int = 8444
    silent_s: float = 120.0
    """A child that sends nothing for so long is told as silent."""
    quarantine_days: float = 30.0
    """So long is kept what was not believed."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """One node, checked and complete."""

    name: str
    cache: Path
    sites: tuple[Site, ...]
    devices: tuple[Device, ...]
    kiosk: KioskPlan | None = None
    ocpp: OcppListener | None = None
    """None where no device connects to us."""
    mqtt: MqttBroker | None = None
    """None where no device speaks MQTT."""
    push: PushListener | None = None
    """None where no device sends JSON to us."""
    echonet: EchonetPort = field(default_factory=EchonetPort)
    api: ApiListener | None = None
    """None where nobody asks us."""
    retention: Retention = field(default_factory=Retention)
    batch_s: float = 2.0
    """A batch of readings is sealed after this time at the latest."""
    source: Path | None = None
    """The file all this was read from."""
    store: str | None = None
    """Address of the database that keeps everything instead of the cache file; key and tokens stay beside where that would be."""

    parent: Parent | None = None
    """None where everything stays here."""
    follow: Follow | None = None
    """For a viewer."""
    ingest: IngestListener | None = None
    """For a cloud node."""

    @property
    def place(self) -> Path | str:
        """Where everything is kept: a file, or a database by its address."""
        return self.store or self.cache
