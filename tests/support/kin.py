"""A cloud and its schools as real processes: settings, authority, and certificates as an operator would have made them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.identity.authority import Authority
from backend.identity.certificates import make_request
from backend.identity.credentials import Credentials
from backend.identity.node_key import open_node_key
from tests.support.node_process import NodeProcess, free_ports
from tests.support.small_site import write_settings

CLOUD = ("-m", "app.cli", "cloud", "--settings")


def now_ms() -> int:
    """Of this machine."""
    return time.time_ns() // 1_000_000


@dataclass
class Kin:
    """One cloud in a folder, and whoever sends to it."""

    folder: Path
    name: str = "cloud"
    store: str | None = None
    """Address of the cloud's database."""
    more: str = ""
    """Lines for the end of its settings."""
    port: int = field(default_factory=lambda: free_ports(1)[0])

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.authority = Authority(self.folder / "authority")
        if not self.authority.exists:
            self.authority.create("Town", now_ms())
        place = f", store: {self.store}" if self.store else ""
        self.settings = self.folder / "cloud.yaml"
        self.settings.write_text(
            f"node: {{name: {self.name}, cache: cloud.enemado{place}}}\n"
            f"ingest: {{names: [127.0.0.1], host: 127.0.0.1, port: {self.port}, silent_seconds: 5}}\n{self.more}",
            encoding="utf-8",
        )
        self.cache = self.folder / "cloud.enemado"

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def process(self) -> NodeProcess:
        """The cloud, to be started."""
        return NodeProcess(self.settings, self.port, CLOUD)

    def enrol(self, cache: Path, node: str, reads: Sequence[str] = ()) -> bytes:
        """Let the node of this cache belong, and follow these sites; its key id."""
        cache.parent.mkdir(parents=True, exist_ok=True)
        key = open_node_key(cache)
        request = make_request(key.private, node)
        self.authority.apply(self.authority.make_code(node, now_ms(), reads=reads), request, now_ms())
        self.authority.confirm(key.key_id, now_ms())
        answer = self.authority.apply("", request, now_ms())
        Credentials(cache).keep(answer.certificate, answer.authorities)
        return key.key_id

    def school(self, modbus: int, ocpp: int, url: str = "", name: str = "Test node") -> Path:
        """Settings of a school that belongs and sends to ``url``, else straight to the cloud."""
        folder = self.folder / name
        folder.mkdir()
        settings = write_settings(folder, modbus, ocpp)
        text = settings.read_text("utf-8").replace("name: Test node", f"name: {name}")
        settings.write_text(f"{text}parent: {{url: {url or self.url!r}}}\n", encoding="utf-8")
        self.enrol(folder / "node.enemado", name)
        return settings

    def viewer(self, name: str, *sites: str, may: Sequence[str] | None = None) -> Path:
        """Settings of a viewer of these sites that belongs; ``may`` are those that it is allowed to follow, else all."""
        folder = self.folder / name
        folder.mkdir()
        settings = folder / "node.yaml"
        settings.write_text(
            f"node: {{name: {name}, cache: node.enemado}}\n"
            f"parent: {{url: {self.url!r}}}\nfollow: {{sites: [{', '.join(sites)}]}}\n",
            encoding="utf-8",
        )
        self.enrol(folder / "node.enemado", name, sites if may is None else may)
        return settings
