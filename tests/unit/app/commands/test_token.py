"""``enemado token`` and what the doctor says of the API's port."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import cli
from app.commands.checkups import State, api_port, ingest_port
from backend.api.tokens import Scope, token_file
from backend.settings import ApiListener, IngestListener, TlsFiles

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``enemado token`` for a cache of its own: exit code, output, errors."""
    monkeypatch.setenv("ENEMADO_LANGUAGE", "en")
    monkeypatch.setenv("ENEMADO_CACHE", str(tmp_path / "node.enemado"))

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["enemado", "token", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


def test_a_token_is_made_listed_and_revoked(run: Run, tmp_path: Path) -> None:
    tokens = token_file(tmp_path / "node.enemado")
    assert run("list") == (0, "There are no tokens; nobody can ask.\n", "")
    code, word, told = run("create", "town hall", "--scope", "read:values", "--scope", "read:places")
    (token,) = tokens.all()
    assert (code, token.name, token.scopes) == (0, "town hall", (Scope.PLACES, Scope.VALUES))
    assert tokens.find(word.strip(), token.created_ms) == token
    assert token.id in told
    _, listed, _ = run("list")
    assert token.id in listed
    assert word.strip() not in listed
    assert run("revoke", token.id)[0] == 0
    assert tokens.all() == []
    assert run("revoke", token.id)[0] == 2


def test_a_token_that_may_write_names_its_devices(run: Run, tmp_path: Path) -> None:
    assert run("create", "gw", "--scope", "write:readings", "--device", "s/m1", "--device", "s/m2")[0] == 0
    (token,) = token_file(tmp_path / "node.enemado").all()
    assert token.devices == ("s/m1", "s/m2")
    assert "s/m1 s/m2" in run("list")[1]
    assert '"s/m2"' in run("list", "--json")[1]


@pytest.mark.parametrize("arguments", [["--scope", "write:readings"], ["--scope", "read:values", "--device", "s/m1"]])
def test_devices_belong_to_writing(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    assert run("create", "gw", *arguments)[0] == 2
    assert token_file(tmp_path / "node.enemado").all() == []


@pytest.mark.parametrize("arguments", [["create", "x"], ["create", "x", "--scope", "everything"], ["create", "x", "--scope", ""]])
def test_nothing_is_allowed_unasked(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2
    assert token_file(tmp_path / "node.enemado").all() == []


def test_the_port_of_the_api(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        taken = ApiListener(port=other.getsockname()[1])
        other.listen()
        assert api_port(taken, None).state is State.BAD
        assert api_port(taken, "").state is State.GOOD
    assert api_port(taken, None).state is State.GOOD
    assert api_port(taken, "no such file").state is State.BAD
    missing = ApiListener(port=taken.port, tls=TlsFiles(tmp_path / "api.pem", tmp_path / "api.key"))
    assert "api.pem" in str(api_port(missing, None).found)


def test_the_port_for_other_nodes(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        taken = IngestListener(("cloud.example",), tmp_path, "127.0.0.1", other.getsockname()[1])
        other.listen()
        assert ingest_port(taken, None).state is State.BAD
        assert ingest_port(taken, "").state is State.GOOD
    assert ingest_port(taken, None).state is State.GOOD
    assert ingest_port(taken, "no authority").state is State.BAD
