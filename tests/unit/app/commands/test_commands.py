"""What commands say and how they end, in Japanese and English; nobody ever sees a traceback."""

import errno
import io
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import cli
from app.commands.checkups import State, disk, ocpp_port, sqlite
from app.commands.columns import columns
from app.commands.failure import report
from app.commands.logs import log_to
from app.commands.places import which_cache
from app.commands.speech import language, tell
from backend.api.client import NodeRefused
from backend.model.delivery import StorageError
from backend.model.message import Message
from backend.simulation.modbus import Dump, ModbusServer
from tests.support.background import Background

ROOT = Path(__file__).parents[4]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The whole command in this process, with a data folder of its own: exit code, output, errors."""
    monkeypatch.setenv("ENEMADO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ENEMADO_LANGUAGE", "en")
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


def test_the_version(run: Run) -> None:
    assert run("--version") == (0, "enemado 0.1.0\n", "")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["latest", "--nonsense"], ["node"], ["history"], ["demo", "--start", "noon"]]
)
def test_a_wrong_question_ends_with_2(run: Run, arguments: list[str]) -> None:
    code, _, said = run(*arguments)
    assert code == 2
    assert said


@pytest.mark.parametrize(
    ("arguments", "english", "japanese"),
    [
        (["latset"], ("no command latset", "Perhaps: latest", "enemado --help"), ("latset というコマンドはありません", "latest")),
        (["latest", "--jsn"], ("no option --jsn", "--json", "enemado latest --help"), ("オプションはありません", "--json")),
        (["history"], ("point is missing", "enemado history --help"), ("指定されていません", "enemado history --help")),
        (["history", "x", "--every", "2h"], ("--every: Expected one of raw", "found 2h"), ("--every：", "1min")),
        (["demo", "--speed", "9999"], ("--speed: Expected 600 at most",), ("600 以下",)),
        (["demo", "--seed", "x"], ("--seed: Expected a whole number",), ("整数",)),
        (["latest", "a", "b"], ("too much: b",), ("余分",)),
        (["latest", "--cache"], ("needs a value",), ("値が必要",)),
    ],
)
def test_a_wrong_question_is_told_in_both_languages_with_the_next_step(
    run: Run, arguments: list[str], english: tuple[str, ...], japanese: tuple[str, ...]
) -> None:
    for spoken, words in (("en", english), ("ja", japanese)):
        code, _, said = run(*arguments, language=spoken)
        assert code == 2
        assert all(word in said for word in words), said


def test_an_unknown_fault_of_the_demo_leads_to_those_there_are(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NodeRefused(Message("There is no fault “{name}”. Known are: {known}", {"name": "nope", "known": "x"}))

    monkeypatch.setattr("backend.api.client.ask", refuse)
    code, _, said = run("demo", "fault", "nope")
    assert (code, "enemado demo faults" in said) == (1, True)


@pytest.mark.parametrize(("language", "words"), [("en", "found no such file"), ("ja", "ファイルがありません")])
def test_missing_settings_are_told_without_a_line(run: Run, language: str, words: str) -> None:
    code, _, said = run("settings", "check", "nowhere.yaml", language=language)
    assert (code, words in said, "1" in said.splitlines()[0]) == (2, True, False)


def test_help_is_in_the_users_language(run: Run) -> None:
    code, said, _ = run("settings", "check", "--help", language="ja")
    assert (code, "使い方" in said, "この説明を表示" in said, "Usage" in said) == (0, True, True, False)
    assert "See:" not in run("device")[2]


def test_a_terminal_without_japanese_letters_is_spoken_to_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    plain = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setenv("ENEMADO_LANGUAGE", "ja")
    monkeypatch.setattr(sys, "stdout", plain)
    assert language() == "en"
    tell("あ")
    plain.flush()
    assert written.getvalue() == b"\\u3042\n"


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("line 3", "found “Mars”", "expected")), ("ja", ("3 行目", "「Mars」", "正しくは"))]
)
def test_settings_mistakes_in_both_languages(run: Run, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "node: {name: x, cache: y}\nsites: {a: {name: {en: A}, place: {latitude: 1, longitude: 1},\n timezone: Mars}}\n"
    )
    code, _, said = run("settings", "check", str(file), language=language)
    assert code == 2
    assert all(word in said for word in words), said


@pytest.mark.parametrize(("language", "words"), [("en", "1 site, 2 devices"), ("ja", "誤りはありません")])
def test_good_settings(run: Run, language: str, words: str) -> None:
    code, said, _ = run("settings", "check", str(ROOT / "assets" / "examples" / "school.yaml"), language=language)
    assert code == 0
    assert words in said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["latest"], 1),
        (["latest", "--cache", "nowhere.enemado"], 1),
        (["kiosk"], 1),
        (["kiosk", "--cache", "nowhere.enemado"], 1),
        (["node", "status", "--cache", "nowhere.enemado"], 3),
        (["node", "stop", "--cache", "nowhere.enemado"], 3),
        (["node", "--settings", "nowhere.yaml"], 2),
        (["demo", "faults"], 3),
        (["device", "probe", "sunspec://127.0.0.1:1"], 1),
        (["device", "probe", "ocpp://CP-01"], 2),
        (["device", "probe", "gopher://x"], 2),
    ],
)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_cannot_be_done_says_what_it_means_and_what_to_do(run: Run, arguments: list[str], code: int, language: str) -> None:
    ended, _, said = run(*arguments, language=language)
    assert ended == code
    assert len(said.strip().splitlines()) >= 3


@pytest.mark.parametrize("arguments", [["latest"], ["node", "status"], ["demo", "faults"], ["kiosk"]])
def test_a_data_folder_that_cannot_be_is_no_fault_of_the_program(
    run: Run, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("a file in its place")
    code, _, said = run(*arguments)
    assert code == 1
    assert "fault of the program" not in said
    assert "ENEMADO_DATA" in said


def test_the_doctor_lives_through_a_data_folder_that_cannot_be(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in its place")
    code, said, _ = run("doctor")
    assert (code, "ENEMADO_DATA" in said, "Keyring" in said) == (1, True, True)


@pytest.mark.parametrize("arguments", [["latest"], ["kiosk"], ["screenshot", "--out", "now.png"]])
def test_a_folder_is_no_cache(run: Run, arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    code, _, said = run(*arguments, "--cache", str(tmp_path / "folder"))
    assert (code, "not a file" in said, "node.cache" in said) == (2, True, True)


def test_where_no_log_can_be_written_the_rest_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("a file in its place")
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log_to(tmp_path / "logs" / "node.log")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert "node.log" in capsys.readouterr().err


@pytest.mark.parametrize("number", [errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EEXIST])
def test_every_refusal_about_a_file_names_it(number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report(OSError(number, os.strerror(number), str(tmp_path / "x")))
    said = capsys.readouterr().err
    assert str(tmp_path / "x") in said
    assert "fault of the program" not in said


def test_an_unknown_fault_leaves_its_details_in_a_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(arguments: list[str]) -> int:
        raise ZeroDivisionError("the cause")

    monkeypatch.setattr("app.commands.run_command", burst)
    code, _, said = run("latest")
    assert code == 1
    assert "ZeroDivisionError" in said
    (details,) = (tmp_path / "data" / "logs").glob("failure-*.log")
    assert "the cause" in details.read_text()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EACCES, "Permission denied", "settings.yaml"),
        StorageError("disk I/O error"),
        ExceptionGroup("tasks", [StorageError("disk I/O error")]),
    ],
)
def test_known_troubles_need_no_log(error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENEMADO_DATA", str(tmp_path))
    assert report(error) == 1
    assert not list(tmp_path.glob("logs/*"))


def test_the_cache_that_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENEMADO_DATA", str(tmp_path))
    assert which_cache(tmp_path / "named") == tmp_path / "named"
    monkeypatch.setenv("ENEMADO_CACHE", "/from/environment")
    assert which_cache() == Path("/from/environment")
    assert which_cache(settings=ROOT / "assets" / "examples" / "school.yaml").name == "school.enemado"


def test_a_device_is_probed_raw_beside_decoded(run: Run) -> None:
    """A made-up chain: model 1 is left out, model 103 has a scale factor and a value that is not implemented."""
    words = [0x5375, 0x6E53, 103, 50, *[0] * 50, 0xFFFF, 0]
    words[2 + 14], words[2 + 15] = 1480, 1
    words[2 + 16], words[2 + 17] = 0xFFFF, 0xFFFE
    registers = Dump({40000 + offset: word for offset, word in enumerate(words)})
    with Background(ModbusServer(registers)) as server:
        code, said, _ = run("device", "probe", f"sunspec://127.0.0.1:{server.port}", "--json")
        assert run("device", "probe", f"127.0.0.1:{server.port}?unit=1")[0] == 0
    assert code == 0
    points = {point["path"]: point for point in json.loads(said)["points"]}
    assert (points["103#0.W"]["value"], points["103#0.W"]["raw"], points["103#0.W"]["unit"]) == (14_800, 1480, "W")
    assert points["103#0.W"]["absent"] is None
    assert points["103#0.Hz"]["value"] is None
    assert points["103#0.Hz"]["absent"]


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ((3, 40, 1), State.NOTE),
        ((3, 44, 6), State.GOOD),
        ((3, 45, 0), State.NOTE),
        ((3, 50, 7), State.GOOD),
        ((3, 51, 2), State.NOTE),
        ((3, 51, 3), State.GOOD),
    ],
)
def test_the_doctor_knows_which_sqlite_has_the_race(version: tuple[int, ...], state: State) -> None:
    assert sqlite(version).state is state


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_doctor_says_what_to_do(run: Run, language: str) -> None:
    code, said, _ = run("doctor", "--json", language=language)
    found = json.loads(said)
    assert code in (0, 1)
    assert len(found) == 7
    assert all(each["do"] for each in found if each["state"] != "good")


def test_a_taken_port_is_found(tmp_path: Path) -> None:
    with Background(ModbusServer(Dump({}))) as server:
        assert ocpp_port("127.0.0.1", server.port, ours=False).state is State.BAD
        assert ocpp_port("127.0.0.1", server.port, ours=True).state is State.GOOD
    assert disk(tmp_path).name.text == "Disk"


def test_columns_stand_beneath_each_other_in_japanese_too() -> None:
    assert columns([("点", "x"), ("abc", "y")]) == ["点   x", "abc  y"]
    assert columns([]) == []
