"""What ``latest`` and ``history`` say about points, and about points that there are not."""

import csv
import io
import json
from pathlib import Path

import pytest

from app import cli
from app.commands import run_command
from app.commands.failure import CommandError
from app.commands.points import no_such_point
from tests.support.small_cache import small_cache


@pytest.fixture
async def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENEMADO_LANGUAGE", "en")
    path = tmp_path / "cache.enemado"
    async with small_cache(path):
        pass
    return path


@pytest.mark.parametrize("form", ["csv", "json"])
def test_history_tells_the_unit_and_the_sites_own_time(cache: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    day = ("--every", "1d", "--from", "2026-11-23", "--to", "2026-11-24")
    assert run_command(["history", "school/pv/ac_power", *day, "--format", form, "--cache", str(cache)]) == 0
    said = capsys.readouterr().out
    (row,) = json.loads(said) if form == "json" else list(csv.DictReader(io.StringIO(said)))
    assert row["unit"] == "W"
    assert row["start"] == "2026-11-23T00:00:00.000+09:00"


@pytest.mark.parametrize(
    ("arguments", "close"),
    [
        (["latest", "school/pw"], "school/pv"),
        (["latest", "schol"], "school"),
        (["history", "school/pv/acpower"], "school/pv/ac_power"),
        (["latest", "nothing/here"], "three parts"),
    ],
)
def test_a_point_that_there_is_not_is_told_with_the_closest(cache: Path, arguments: list[str], close: str) -> None:
    with pytest.raises(CommandError) as refused:
        run_command([*arguments, "--cache", str(cache)])
    assert refused.value.code == 2
    assert "There is no point" in str(refused.value.happened)
    assert close in str(refused.value.means)


def test_days_from_end_to_start_are_refused(cache: Path) -> None:
    with pytest.raises(CommandError, match="is not before"):
        run_command(["history", "school/pv/ac_power", "--from", "2026-11-24", "--to", "2026-11-23", "--cache", str(cache)])


def test_what_may_have_been_meant_has_as_many_parts() -> None:
    assert "a/b" in str(no_such_point("a/c", ["a/b/x", "a/b/y"]).means)


def test_an_address_is_named_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["enemado", "device", "probe", "ocpp://CP-01"])
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().err.splitlines()[0].count("ocpp://CP-01") == 1
