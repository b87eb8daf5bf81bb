"""The language that an operator chose, kept in a small file beside the cache."""

from pathlib import Path

import structlog

from app.kit.i18n import available_languages

_log = structlog.get_logger(__name__)


def chosen_language(cache: Path) -> str | None:
    """What was chosen last; None where nothing was, or nothing that is spoken here."""
    try:
        found = _file(cache).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return found if found in available_languages() else None


def keep_language(cache: Path, language: str) -> None:
    """Remember a choice; a folder that cannot be written forgets it."""
    try:
        _file(cache).write_text(language, encoding="utf-8")
    except OSError as error:
        _log.info("language of the console is not remembered", error=str(error))


def _file(cache: Path) -> Path:
    return cache.with_name("console-language")
