"""What ``enemado sync status`` tells, and when ``enemado cloud`` does not start."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app import cli
from backend.model.clock import SystemClock
from backend.model.sync import ChildStatus, LinkState, SyncStatus
from backend.store.sqlite import open_store
from tests.support.small_site import write_settings

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("ENEMADO_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ENEMADO_CACHE", raising=False)

    def command(*arguments: str, language: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("ENEMADO_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["enemado", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(ended.value.code or 0), said.out, said.err

    return command


def keep(cache: Path, status: SyncStatus | None) -> None:
    async def write() -> None:
        async with open_store(cache, "town", SystemClock()) as store:
            if status is not None:
                await store.put("sync", "main", status)

    asyncio.run(write())


def full() -> SyncStatus:
    now_ms = SystemClock().now_ms()
    return SyncStatus(
        link=LinkState.CUT,
        parent="https://cloud.example:8444",
        trouble="no route to host",
        sent_ms=now_ms - 60_000,
        lost=3,
        late=1234,
        quarantined=2,
        refused=1,
        reconciled_ms=now_ms - 1000,
        differing=7,
        children=(ChildStatus("aoba", now_ms, False, 0, 0), ChildStatus("midori", None, True, 5, 2)),
    )


def test_lost_late_and_quarantined_are_always_told_together(run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "node.enemado"
    keep(cache, full())
    code, said, _ = run("sync", "status", "--cache", str(cache))
    assert code == 0
    assert "Readings lost: 3, late: 1,234; batches quarantined: 2, refused by the parent: 1" in said
    assert "https://cloud.example:8444: does not answer (no route to host)" in said
    assert "differed and are sent again: 7" in said
    rows = [line.split() for line in said.splitlines()]
    assert any(row[:1] == ["aoba"] and "sends" in row for row in rows)
    assert any(row[:2] == ["midori", "—"] and row[-3:] == ["silent", "5", "2"] for row in rows)


def test_a_node_alone_tells_the_same_figures(run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "node.enemado"
    keep(cache, None)
    code, said, _ = run("sync", "status", "--cache", str(cache))
    assert code == 0
    assert said.splitlines()[0] == "No parent: everything stays here."
    assert "lost: 0, late: 0; batches quarantined: 0" in said


def test_programs_read_it_as_json(run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "node.enemado"
    keep(cache, full())
    code, said, _ = run("sync", "status", "--cache", str(cache), "--json")
    told = json.loads(said)
    assert (code, told["lost"], told["late"], told["quarantined"]) == (0, 3, 1234, 2)
    assert told["link"] == "cut"
    assert [child["node"] for child in told["children"]] == ["aoba", "midori"]


def test_it_is_told_in_japanese(run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "node.enemado"
    keep(cache, full())
    _, said, _ = run("sync", "status", "--cache", str(cache), language="ja")
    assert "欠損" in said
    assert "応答なし" in said
    assert "lost" not in said


def test_a_cloud_without_a_port_for_others_does_not_start(run: Run, tmp_path: Path) -> None:
    code, _, said = run("cloud", "--settings", str(write_settings(tmp_path, 1, 2)))
    assert code == 2
    assert "cloud.yaml" in said


def test_a_cloud_without_an_authority_tells_the_one_command_that_makes_it(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "cloud.yaml"
    settings.write_text("node: {name: cloud, cache: cloud.enemado}\ningest: {names: [127.0.0.1]}\n", encoding="utf-8")
    code, _, said = run("cloud", "--settings", str(settings))
    assert code == 1
    assert f"enemado ca create NAME --folder {tmp_path / 'authority'}" in said
    assert not (tmp_path / "cloud.enemado").exists()


def test_the_example_of_a_cloud_is_right(run: Run) -> None:
    example = Path(__file__).parents[4] / "assets" / "examples" / "cloud.yaml"
    assert run("settings", "check", str(example))[0] == 0


def test_who_follows_its_parent_receives(run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "hall.enemado"
    for follows, word in ((False, "Last sent"), (True, "Last received")):
        keep(cache, replace(full(), follows=follows))
        assert word in run("sync", "status", "--cache", str(cache))[1]
