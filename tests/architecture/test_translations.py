"""Every text that a person can see is there in every language."""

import re

import pytest

from app.kit.i18n import available_languages
from app.kit.i18n.update import extract, mistakes, po_file, read
from tests.architecture.tree import ROOT


def test_japanese_and_english_are_there() -> None:
    assert {"en", "ja"} <= set(available_languages())


@pytest.mark.parametrize("language", available_languages())
def test_every_text_is_translated(language: str) -> None:
    assert list(mistakes(language, extract(ROOT))) == []


@pytest.mark.parametrize("language", available_languages())
def test_the_catalogue_holds_nothing_else(language: str) -> None:
    template = extract(ROOT)
    catalogue = read(language)
    assert [message.id for message in catalogue if message.id and template.get(message.id, message.context) is None] == []
    assert list(catalogue.obsolete) == []
    assert re.search("^#, .*fuzzy", po_file(language).read_text("utf-8"), re.MULTILINE) is None
