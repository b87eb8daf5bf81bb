"""A cloud in a test: an authority, a node of its own in a process of its own, and children that belong without a network."""

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.authority import Authority
from backend.identity.certificates import make_request, read_request
from backend.identity.credentials import Credentials
from backend.identity.node_key import open_node_key
from backend.model.clock import SystemClock
from tests.support.node_process import NODE, NodeProcess, Start, cold_start, free_ports

SETTINGS = """
node: {{name: {name}, cache: {cache}{store}}}
ingest: {{names: ["127.0.0.1"], authority: authority, host: 127.0.0.1, port: {port}}}
{more}
"""


class Cloud:
    """One node that other nodes send to. Several may share an authority and a database, each under its own name."""

    def __init__(
        self,
        folder: Path,
        name: str = "cloud",
        *,
        store: str | None = None,
        more: str = "",
        command: Sequence[str] = NODE,
        start: Start = cold_start,
    ) -> None:
        """``store`` is a database instead of the cache file, ``more`` further lines of the settings."""
        self.cache = folder / f"{name}.enemado"
        self.place: Path | str = store or self.cache
        (self.port,) = free_ports(1)
        self.authority = Authority(folder / "authority")
        if not self.authority.exists:
            self.authority.create("District", SystemClock().now_ms())
        self.settings = folder / f"{name}.yaml"
        database = f', store: "{store}"' if store else ""
        self.settings.write_text(SETTINGS.format(name=name, cache=self.cache.name, store=database, port=self.port, more=more))
        self.node = NodeProcess(self.settings, self.port, command, start)

    def enrol(self, cache: Path, node: str) -> None:
        """Let the node with this cache belong, as if it had applied and an operator had compared its key."""
        certificate = self.certify(open_node_key(cache).private, node)
        Credentials(cache).keep(certificate, self.authority.believed(SystemClock().now_ms()))

    def certify(self, private: Ed25519PrivateKey, node: str) -> bytes:
        """PEM of a certificate for a node with this key."""
        now_ms = SystemClock().now_ms()
        request = make_request(private, node)
        self.authority.apply(self.authority.make_code(node, now_ms), request, now_ms)
        certificate = self.authority.confirm(read_request(request).key_id, now_ms).certificate
        assert certificate is not None
        return certificate


def parent_settings(port: int) -> str:
    """Lines for a child's settings; ``port`` is the cloud's, or that of a bad line to it."""
    return f'parent: {{url: "https://127.0.0.1:{port}"}}'
