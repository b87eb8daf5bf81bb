"""Read a settings file: either a complete node, or every mistake in it."""

import errno
from pathlib import Path

from backend.model.message import Message
from backend.settings.node import NodeSettings
from backend.settings.problem import Problem, SettingsError

_REFUSALS = {
    errno.ENOENT: Message("no such file"),
    errno.EISDIR: Message("a folder"),
    errno.EACCES: Message("a file that this user may not read"),
}


def load(path: Path) -> NodeSettings:
    """The node that this file describes. Raises ``SettingsError`` with all that is wrong."""
    expected = Message("a settings file in UTF-8 that this user can read")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        found = _REFUSALS.get(error.errno or 0) or Message("“{text}”", {"text": error.strerror or str(error)})
        raise SettingsError([Problem(str(path), 0, "", found, expected)]) from error
    except UnicodeDecodeError as error:
        found = Message(
            "a byte that is no UTF-8 text, at position {position}",
            {"position": error.start},
        )
        raise SettingsError([Problem(str(path), 0, "", found, expected)]) from error
    return check_text(text, path)


def check_text(text: str, path: Path) -> NodeSettings:
    """As ``load``, for a text that would stand in the file ``path``."""
    from pydantic import ValidationError

    from backend.settings.build import build
    from backend.settings.checks import check_whole
    from backend.settings.explain import explain
    from backend.settings.marked import read_marked
    from backend.settings.shapes import FileShape

    marked = read_marked(text, str(path))
    problems = list(marked.problems)
    if marked.value is None and problems:
        raise SettingsError(problems)
    try:
        file = FileShape.model_validate(marked.value if marked.value is not None else {})
    except ValidationError as error:
        problems += [explain(detail, marked, FileShape) for detail in error.errors(include_url=False)]
    else:
        problems += check_whole(file, marked)
        if not problems:
            return build(file, path)
    raise SettingsError(sorted(problems, key=lambda problem: problem.line))
