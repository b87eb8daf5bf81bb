"""A point that a cache does not know, and what may have been meant."""

from collections.abc import Sequence
from difflib import get_close_matches

from app.commands.failure import CommandError
from backend.model.message import Message


def no_such_point(key: str, known: Sequence[str]) -> CommandError:
    """What to raise where nothing in the cache is called, or begins with, ``key``."""
    parts = key.count("/") + 1
    close = get_close_matches(key, sorted({"/".join(each.split("/")[:parts]) for each in known}), n=3)
    means = (
        Message("Perhaps: {close}", {"close": ", ".join(close)})
        if close
        else Message("A key has three parts, such as aoba-es/pcs1/ac_power.")
    )
    happened = Message("There is no point “{point}” in this cache.", {"point": key})
    return CommandError(happened, means, Message("See all of them with: enemado latest"), code=2)
