"""Which node a command means."""

import os
from pathlib import Path

import pytest

from app.commands.failure import CommandError
from app.commands.places import remember_cache, started_caches, which_node
from backend.api.channel import channel_file


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setenv("ENEMADO_DATA", str(tmp_path))
    monkeypatch.delitem(os.environ, "ENEMADO_CACHE", raising=False)
    first, second = tmp_path / "first.enemado", tmp_path / "second.enemado"
    for cache in (first, second, first, second):
        cache.touch()
        remember_cache(cache)
    return first, second


def running(monkeypatch: pytest.MonkeyPatch, *caches: Path) -> None:
    monkeypatch.setattr("backend.api.client.is_running", lambda cache: cache in caches)


def test_without_a_name_the_one_that_runs_is_meant(caches: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = caches
    running(monkeypatch, first)
    assert which_node() == first
    running(monkeypatch)
    assert which_node() == second


def test_with_several_running_one_has_to_be_named(caches: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, *caches)
    with pytest.raises(CommandError, match="Several nodes") as refused:
        which_node()
    assert all(str(cache) in str(refused.value.means) for cache in caches)
    assert which_node(caches[0]) == caches[0]


def test_a_cache_that_is_gone_is_forgotten(caches: tuple[Path, Path]) -> None:
    caches[0].unlink()
    assert started_caches() == [caches[1]]


def test_a_running_node_without_a_cache_file_is_known(caches: tuple[Path, Path]) -> None:
    caches[0].unlink()
    channel_file(caches[0]).touch()
    assert started_caches() == list(caches)
