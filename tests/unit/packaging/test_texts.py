"""The bootstrap's own table of texts."""

import string

import pytest

from steps.texts import TEXTS, text


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_fill_in_the_same(key: str) -> None:
    english, japanese = TEXTS[key]
    assert fields(english) == fields(japanese)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "ja_JP.UTF-8"}, "不合格"),
        ({"LANG": "en_US.UTF-8"}, "FAILED"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "ja_JP.UTF-8"}, "FAILED"),
        ({"LC_ALL": "", "LANG": "ja_JP.UTF-8"}, "不合格"),
    ],
)
def test_the_language_follows_the_locale(variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert text("step_failed") == expected
