"""``enemado ca``, from making it to bringing it back; and what the doctor says of a node's key."""

import json
from pathlib import Path

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.commands.checkups import State, node_key
from backend.identity.authority import Authority
from backend.identity.certificates import make_request, read_request
from backend.identity.node_key import key_cabinet, open_node_key
from tests.unit.app.commands.test_commands import Run
from tests.unit.app.commands.test_commands import run as run  # noqa: PLC0414 - a fixture

REQUEST = make_request(Ed25519PrivateKey.generate(), "school")
KEY = read_request(REQUEST).key_id.hex()


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person at the terminal will type."""
    words: list[str] = []
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: words.pop(0))
    return words


def test_from_a_code_to_a_member_to_none(run: Run, tmp_path: Path) -> None:
    assert run("ca", "list")[0] == 1
    assert run("ca", "create", "Town")[0] == 0
    assert run("ca", "create", "Town")[0] == 1
    code, said, told = run("ca", "code", "school")
    assert code == 0
    assert "24 hours" in told
    authority = Authority(tmp_path / "data" / "ca")
    authority.apply(said.strip(), REQUEST, authority.certificates()[0].not_valid_before_utc.timestamp().__trunc__() * 1000)
    assert "waits" in run("ca", "list")[1]
    assert run("ca", "confirm", "nonsense")[0] == 1
    assert run("ca", "confirm", KEY)[1] == "school belongs.\n"
    assert run("ca", "confirm", KEY)[0] == 1
    assert "承認済み" in run("ca", "list", language="ja")[1]
    assert run("ca", "revoke", "harbour")[0] == 1
    assert run("ca", "revoke", "school")[0] == 0
    found = json.loads(run("ca", "list", "--json")[1])
    assert [(each["node"], each["key_id"], each["standing"]) for each in found] == [("school", KEY, "revoked")]


def test_backup_rotation_and_return(run: Run, tmp_path: Path, prompts: list[str]) -> None:
    run("ca", "create", "Town")
    assert run("ca", "rotate")[0] == 0
    file = str(tmp_path / "backup")
    for words in (["short"], ["a long password", "another password"]):
        prompts[:] = words
        assert run("ca", "backup", file)[0] == 1
    assert not Path(file).exists()
    prompts[:] = ["a long password"] * 2
    assert run("ca", "backup", file)[0] == 0
    elsewhere = ("--folder", str(tmp_path / "elsewhere"))
    prompts[:] = ["a wrong password", "a long password", "a long password"]
    assert [run("ca", "restore", file, *elsewhere)[0] for _ in range(3)] == [1, 0, 1]
    assert len(Authority(tmp_path / "elsewhere").certificates()) == 2


def test_the_doctor_looks_at_the_key(tmp_path: Path) -> None:
    cache = tmp_path / "school.enemado"
    assert node_key(cache).state is State.NOTE
    open_node_key(cache)
    assert node_key(cache).state is not State.BAD
    if (path := key_cabinet(cache).path).exists():
        path.chmod(0o640)
        assert node_key(cache).state is State.BAD
