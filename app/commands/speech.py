"""The language in which commands speak: the user's own, Japanese or English."""

import os
import sys

import typer

from app.kit.i18n import Texts, available_languages, texts_for
from backend.model.message import MessageValue


def language() -> str:
    """From ENEMADO_LANGUAGE, else from the system's locale; English where there is no catalogue."""
    for name in ("ENEMADO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "").partition(".")[0].partition("_")[0].lower()
        if code:
            return code if code in available_languages() and _can_show(code) else "en"
    return _system_language()


def _can_show(language: str) -> bool:
    """Whether this terminal has the letters of a language."""
    sample = texts_for(language).say("Show this message and exit.")
    return all(_showable(sample, stream.encoding) == sample for stream in (sys.stdout, sys.stderr))


def _system_language() -> str:
    if sys.platform != "win32":
        return "en"
    import locale

    code = (locale.getlocale()[0] or "").lower()
    return "ja" if code.startswith(("ja", "japanese")) else "en"


def texts() -> Texts:
    """The voice of this user's language."""
    return texts_for(language())


def say(text: str, **values: MessageValue) -> str:
    """A text in this user's language."""
    return texts().say(text, **values)


def tell(line: str = "") -> None:
    """A line for the person at the terminal; characters that the terminal cannot show appear as their codes."""
    typer.echo(_showable(line, sys.stdout.encoding))


def warn(line: str) -> None:
    """As ``tell``, beside the output proper."""
    typer.echo(_showable(line, sys.stderr.encoding), err=True)


def _showable(line: str, encoding: str | None) -> str:
    return line.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")
