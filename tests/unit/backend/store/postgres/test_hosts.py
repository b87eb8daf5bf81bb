"""A database with several hosts: whoever answers, and takes writes, is the one."""

import socket
from contextlib import closing

import pytest

from backend.model.delivery import StorageError
from backend.store.postgres import connection, hosts
from backend.store.postgres.connection import Connection
from tests.support.node_process import free_ports


def among(address: str, port: int) -> str:
    """The same database, said to be at another port first."""
    return address.replace("127.0.0.1", f"127.0.0.1:{port},127.0.0.1")


def test_the_one_that_answers_is_taken(address: str) -> None:
    with writing(among(address, free_ports(1)[0])) as link:
        assert link.one("SELECT 1") == 1


def test_one_that_is_silent_does_not_keep_us_from_the_others(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "GRACE_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent, writing(among(address, silent.getsockname()[1])) as link:
        assert link.one("SELECT 1") == 1


def test_where_nobody_takes_writes_readers_still_read(address: str) -> None:
    with writing(address) as link:
        link.run(f"ALTER DATABASE {address.rpartition('/')[2]} SET default_transaction_read_only = on")
    with writing(address) as link, pytest.raises(StorageError, match="read-write"):
        link.one("SELECT 1")
    with closing(Connection(address, reads_only=True)) as link:
        assert link.one("SELECT 1") == 1


def test_a_statement_is_not_waited_for_without_end(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.2)
    with writing(address) as link:
        with pytest.raises(StorageError):
            link.one("SELECT pg_sleep(5)")
        with link.patience(10):
            assert link.one("SELECT 1 FROM pg_sleep(0.5)") == 1


def test_one_that_is_slow_but_there_is_waited_for(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SUSPECT_S", 0.1)
    with writing(among(address, free_ports(1)[0])) as link:
        assert link.one("SELECT 1 FROM pg_sleep(0.5)") == 1


def writing(address: str) -> closing[Connection]:
    return closing(Connection(address))
