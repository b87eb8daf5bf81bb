"""Texts in the main and the second language of a screen, side by side."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from app.kit.i18n import Texts, name_of, texts_for
from backend.model.kiosk import KioskPlan

_MAIN_LANGUAGE = "ja"


class Pair(NamedTuple):
    """The same said twice; ``second`` is empty on a screen with one language, or where both would be equal."""

    main: str = ""
    second: str = ""

    def __bool__(self) -> bool:
        return bool(self.main)


UNSAID = Pair()
"""Nothing in any language."""


class Speaker:
    """Says everything in the languages of a plan."""

    def __init__(self, main: Texts, second: Texts | None) -> None:
        self.main = main
        self._second = second

    @classmethod
    def of(cls, plan: KioskPlan | None) -> "Speaker":
        """The voices of a plan; without one, the house's own language alone."""
        languages = plan.languages if plan and plan.languages else (_MAIN_LANGUAGE, "en")
        return cls(texts_for(languages[0]), texts_for(languages[1]) if len(languages) > 1 else None)

    def both(self, say: Callable[[Texts], str]) -> Pair:
        """What ``say`` makes of each voice."""
        main = say(self.main)
        second = say(self._second) if self._second else ""
        return Pair(main, "" if second == main else second)

    def name(self, names: Mapping[str, str]) -> Pair:
        """A name in both languages."""
        return self.both(lambda texts: name_of(names, texts.language))
