"""Catalogues: found, compiled when they have to be, and complete."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.kit import resources
from app.kit.i18n.catalogues import available_languages, compile_catalogue, load_catalogue
from app.kit.i18n.update import extract, mistakes

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "sun"\nmsgstr "{}"\n'


def make(folder: Path, word: str) -> Path:
    source = folder / "ja" / "LC_MESSAGES" / "enemado.po"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(PO.format(word), "utf-8")
    return source


def test_a_catalogue_without_its_compiled_file_is_compiled_in_memory(tmp_path: Path):
    source = make(tmp_path, "ひ")
    assert load_catalogue("ja", tmp_path).gettext("sun") == "ひ"
    assert not source.with_suffix(".mo").exists()


def test_an_outdated_compiled_file_is_not_used(tmp_path: Path):
    source = make(tmp_path, "ふるい")
    compiled = source.with_suffix(".mo")
    compiled.write_bytes(compile_catalogue(source))
    make(tmp_path, "あたらしい")
    os.utime(compiled, ns=(0, 0))
    assert load_catalogue("ja", tmp_path).gettext("sun") == "あたらしい"


def test_a_frozen_program_has_compiled_files_only(tmp_path: Path):
    source = make(tmp_path, "ひ")
    source.with_suffix(".mo").write_bytes(compile_catalogue(source))
    source.unlink()
    assert load_catalogue("ja", tmp_path).gettext("sun") == "ひ"
    assert available_languages(tmp_path) == ("ja",)


def test_an_unknown_language_gives_the_msgid(tmp_path: Path):
    assert load_catalogue("xx", tmp_path).gettext("sun") == "sun"


def test_mistakes_name_what_is_missing():
    template = extract(resources.root())
    template.add("A text that nobody has translated {x}")
    assert list(mistakes("ja", template))[-1] == "ja: not in the catalogue: 'A text that nobody has translated {x}'"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_text_of_the_code_is_translated(language: str):
    assert list(mistakes(language, extract(resources.root()))) == []


def test_speaking_does_not_import_babel_or_qt():
    code = "import sys, app.kit.i18n as i; i.Texts('en').say('x'); print([m for m in sys.modules if m in ('babel', 'PySide6')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=resources.root())
    compiled = resources.translations() / "en" / "LC_MESSAGES" / "enemado.mo"
    source = compiled.with_suffix(".po")
    fresh = compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns
    assert found.stdout.strip() == ("[]" if fresh else "['babel']")
