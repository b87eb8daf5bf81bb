"""Keeps the catalogues in step with the code: ``python -m app.kit.i18n.update [--check]``.

Extracts every marked text of ``app``, ``backend`` and ``kiosk``, merges it into each language's .po and compiles it.
With ``--check`` nothing is written; missing, empty or ill-filled translations are listed and end with exit code 1.
"""

import argparse
import ast
import re
import sys
from collections.abc import Container, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import IO, Any, cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract as extract_calls
from babel.messages.pofile import read_po, write_po

from app.kit import resources
from app.kit.i18n.catalogues import DOMAIN, available_languages, compile_catalogue

SOURCES = ("app", "backend", "kiosk")
KEYWORDS = {"say": None, "say_to": ((1, "c"), 2), "say_count": (1, 2), "Message": None}
_PLACEHOLDER = re.compile(r"\{(\w+)")


def calls(file: IO[bytes], keywords: Container[str], comment_tags: object, options: object) -> Iterator[Any]:
    """Marked calls of a Python file as Babel wants them; unlike its own way, this one sees calls inside f-strings."""
    for node in ast.walk(ast.parse(file.read())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in keywords and node.args:
            yield node.lineno, name, tuple(_literal(argument) for argument in node.args), []


def _literal(argument: ast.expr) -> str | None:
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


def extract(root: Path) -> Catalog:
    """Every marked text of the code, with the files where it stands."""
    catalogue = Catalog(domain=DOMAIN, project="Enemado", charset="utf-8")
    for path in sorted(path for source in SOURCES for path in (root / source).rglob("*.py")):
        with path.open("rb") as file:
            for _line, text, comments, context in extract_calls(cast("Any", calls), file, keywords=KEYWORDS):
                catalogue.add(text, None, [(path.relative_to(root).as_posix(), 0)], auto_comments=comments, context=context)
    return catalogue


def po_file(language: str) -> Path:
    """The catalogue a translator edits."""
    return resources.translations() / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """A language's catalogue; an empty one where it is new."""
    path = po_file(language)
    if not path.exists():
        return Catalog(locale=language, domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def merge(language: str, template: Catalog) -> None:
    """Bring a .po up to date, keep what is translated, drop what the code no longer says, compile."""
    catalogue = read(language)
    catalogue.update(deepcopy(template), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for message in catalogue:
        if language == "en" and message.id and not _is_translated(message):
            message.string = message.id
    path = po_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, omit_header=False, include_lineno=False)
    _steady_header(path)
    path.with_suffix(".mo").write_bytes(compile_catalogue(path))


def mistakes(language: str, template: Catalog) -> Iterator[str]:
    """What is missing, empty, or has other placeholders than the English text."""
    catalogue = read(language)
    for wanted in template:
        if not wanted.id:
            continue
        found = catalogue.get(wanted.id, wanted.context)
        if found is None:
            yield f"{language}: not in the catalogue: {wanted.id!r}"
        elif not _is_translated(found):
            yield f"{language}: not translated: {wanted.id!r}"
        elif _placeholders(found.string) - _placeholders(found.id):
            yield f"{language}: unknown placeholder in {found.string!r}"


def _is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings) and not message.fuzzy


def _placeholders(text: str | Sequence[str] | None) -> set[str]:
    return set(_PLACEHOLDER.findall(text if isinstance(text, str) else " ".join(text or ())))


def _steady_header(path: Path) -> None:
    """Drop dates and names from the header: they would change in every commit and say nothing."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    moving = ('"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Language-Team', '"Report-Msgid', '"Generated-By')
    path.write_text("".join(line for line in lines if not line.startswith((*moving, "#, fuzzy", "# "))), "utf-8")


def main() -> int:
    """Update, or check and list mistakes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a catalogue is not complete")
    options = parser.parse_args()
    template = extract(resources.root())
    languages = available_languages() or ("en", "ja")
    if not options.check:
        for language in languages:
            merge(language, template)
    found = [mistake for language in languages for mistake in mistakes(language, template)]
    sys.stdout.writelines(f"{mistake}\n" for mistake in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
