"""Which scene is on and until when: pure, on monotonic time, and never empty-handed."""

from collections.abc import Container, Sequence

from backend.model.kiosk import SceneSlot

FALLBACK = ""
"""Name of the scene that is always there."""
_LEAST_SECONDS = 3.0
_RETRY_SECONDS = 5.0


class Playlist:
    """A rotation over slots; scenes that have nothing to show are passed over."""

    def __init__(self, slots: Sequence[SceneSlot] = ()) -> None:
        self._slots = tuple(slots)
        self._index = -1
        self._until = float("-inf")
        self.current = FALLBACK

    @property
    def slots(self) -> tuple[SceneSlot, ...]:
        """The rotation as it was set."""
        return self._slots

    def set_slots(self, slots: Sequence[SceneSlot]) -> None:
        """Take another rotation over; the scene that is on stays on while it is still part of it."""
        self._slots = tuple(slots)
        names = [slot.name for slot in self._slots]
        self._index = names.index(self.current) if self.current in names else -1
        if self._index < 0:
            self._until = float("-inf")

    def advance(self, now: float, showable: Container[str]) -> str:
        """The scene for this moment (monotonic seconds); ``showable`` are the names that have something to show."""
        if now < self._until and (self.current in showable or self.current == FALLBACK):
            return self.current
        for step in range(1, len(self._slots) + 1):
            index = (self._index + step) % len(self._slots)
            slot = self._slots[index]
            if slot.name in showable:
                self._index, self.current = index, slot.name
                self._until = now + max(_LEAST_SECONDS, slot.seconds)
                return self.current
        self.current, self._until = FALLBACK, now + _RETRY_SECONDS
        return FALLBACK

    def give_up(self) -> None:
        """End the current scene's turn at once."""
        self._until = float("-inf")
