"""``enemado gaps`` on a real cache, in both languages, with the site's own times."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import cli
from backend.model.columns import Columns
from backend.model.event import Event, EventKind
from tests.support.small_cache import EIGHT_MS, NOON_MS, small_cache

MINUTE_MS = 60_000
Ask = Callable[..., str]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    path = tmp_path / "c.db"
    monkeypatch.setenv("ENEMADO_DATA", str(tmp_path / "data"))

    async def fill() -> None:
        events = [
            Event(EIGHT_MS, EventKind.DEVICE_LOST, "school/pv"),
            Event(EIGHT_MS + 5 * MINUTE_MS, EventKind.DEVICE_CONNECTED, "school/pv"),
            Event(EIGHT_MS + 9 * MINUTE_MS, EventKind.UPLINK_CUT, "node"),
            Event(EIGHT_MS + 19 * MINUTE_MS, EventKind.UPLINK_BACK, "node", {"late": 1234}),
            Event(EIGHT_MS + 20 * MINUTE_MS, EventKind.UPLINK_CAUGHT_UP, "node"),
            Event(NOON_MS, EventKind.DEVICE_LOST, "school/ev"),
        ]
        async with small_cache(path) as writer:
            await writer.store.commit(Columns.empty(), events, [])

    asyncio.run(fill())

    def command(*arguments: str, language: str = "en") -> str:
        monkeypatch.setenv("ENEMADO_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["enemado", "gaps", "--cache", str(path), *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        return capsys.readouterr().out

    return command


def test_rows_in_both_languages_newest_first(ask: Ask) -> None:
    lines = ask().splitlines()
    assert lines[0].split() == ["From", "To", "What", "Kind", "Cause", "Readings", "Recovered"]
    assert [line.split("  ")[0] for line in lines[1:]] == [
        "2026-11-23 12:00:00+09:00",
        "2026-11-23 08:09:00+09:00",
        "2026-11-23 08:00:00+09:00",
    ]
    assert [word in lines[1] for word in ("still", "school/ev", "No data", "the device did not answer")] == [True] * 4
    assert [word in lines[2] for word in ("08:19:00", "Late", "the line between the nodes was cut", "1,234", "100%")] == [
        True
    ] * 5
    spoken = ask(language="ja")
    assert all(word in spoken for word in ("継続中", "データなし", "機器が応答しなかった", "遅延", "ノード間の回線が切れていた"))


def test_what_was_asked_for_only(ask: Ask) -> None:
    def subjects(*arguments: str) -> list[str]:
        return [row["subject"] for row in json.loads(ask("--json", *arguments))]

    assert subjects() == ["school/ev", "node", "school/pv"]
    assert subjects("--site", "school") == ["school/ev", "school/pv"]
    assert subjects("--subject", "node") == ["node"]
    assert subjects("--from", "2026-11-23T08:05", "--to", "2026-11-23T09:00") == ["node"]
    assert ask("--subject", "school/none") == "Nothing is missing.\n"


def test_json_has_times_of_the_site_and_null_for_what_lasts(ask: Ask) -> None:
    rows = json.loads(ask("--json"))
    assert rows[0] == {
        "subject": "school/ev",
        "kind": "no_data",
        "cause": "device_lost",
        "from": "2026-11-23T12:00:00.000+09:00",
        "to": None,
        "count": None,
        "recovered": 0.0,
    }
    assert (rows[1]["count"], rows[1]["recovered"]) == (1234, 1.0)
