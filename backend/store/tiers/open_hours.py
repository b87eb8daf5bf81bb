"""Hours of a point that hold loose readings, as a reader keeps them: only what is new since the last look is decoded."""

import numpy as np

from backend.model.columns import Columns
from backend.store.calendar import HOUR_MS
from backend.store.intervals import Carry, HourRoll, roll_hour
from backend.store.rows import GROUP_BITS, merge, one_point, unpack_fragment
from backend.store.tiers import search
from backend.store.tiers.keys import GROUPS_BITS, fragments_of
from backend.store.tiers.meta import Meta
from backend.store.tiers.points import PointFacts
from backend.store.tiers.replacements import replaced_ms
from backend.store.tiers.tables import Tables
from backend.store.tiers.tail import Tail


class _Fragments:
    """A point's fragments of one hour, in order of arrival."""

    def __init__(self) -> None:
        self.last_key = 0
        self.parts: list[Columns] = []


class OpenHours:
    """Of one point; refreshed within a transaction before it is asked."""

    def __init__(self, facts: PointFacts) -> None:
        self._facts = facts
        self._fragments: dict[int, _Fragments] = {}
        self._loose: dict[int, list[Columns]] = {}
        self._rolls: dict[int, HourRoll] | None = None
        self._seen: object = None

    def refresh(self, connection: Tables, hours: list[int], tail: Tail, moment: object) -> None:
        """Take what came since; ``hours`` are those with fragments, ``moment`` differs whenever anything may have changed."""
        if moment == self._seen:
            return
        self._fragments = {hour: known for hour, known in self._fragments.items() if hour in hours}
        for hour in hours:
            self._take(connection, hour)
        self._seen, self._rolls = moment, None
        self._loose = {hour: list(known.parts) for hour, known in self._fragments.items() if known.parts}
        late = Columns.concatenate(tail.of_point(self._facts.number))
        of_rows = late.at_ms // HOUR_MS
        for hour in np.unique(of_rows).tolist():
            self._loose.setdefault(hour, []).append(late.take(of_rows == hour))
        # What is late for an hour of which only roll-ups are left will be told as late and change nothing: neither does it now.
        oldest = connection.execute("SELECT value FROM meta WHERE key = ?", (Meta.THINNED_HOUR,)).fetchone()
        if oldest is not None:
            closed = {hour for hour in self._loose if hour < oldest[0] and self._is_thinned(connection, hour)}
            self._loose = {hour: parts for hour, parts in self._loose.items() if hour not in closed}

    @property
    def hours(self) -> list[int]:
        """Hours with loose readings."""
        return list(self._loose)

    def loose(self, hour: int) -> list[Columns]:
        """Readings of an hour that are in no chunk yet, in order of arrival."""
        return self._loose.get(hour, [])

    def rolls(self, connection: Tables) -> dict[int, HourRoll]:
        """Every hour that loose readings touch, rolled up as the fold will."""
        if self._rolls is None:
            self._rolls = self._roll(connection)
        return self._rolls

    def _is_thinned(self, connection: Tables, hour: int) -> bool:
        return search.known_of_hour(connection, hour, [self._facts.number]).is_thinned(self._facts.number)

    def _carry_into(self, connection: Tables, hour: int, carry: Carry) -> Carry:
        """What an hour starts from that does not follow the one rolled before it."""
        sealed = search.carry_into(connection, self._facts, hour)
        known = sealed.counter.at_ms
        if carry.counter.at_ms is None or (known is not None and known > carry.counter.at_ms):
            return sealed
        return Carry(sealed.standing, carry.counter)

    def _take(self, connection: Tables, hour: int) -> None:
        known = self._fragments.setdefault(hour, _Fragments())
        first, last = fragments_of(hour)
        mask, group = (1 << GROUPS_BITS) - 1, self._facts.number >> GROUP_BITS
        sql = "SELECT id, readings, body FROM fragment WHERE id > ? AND id <= ? AND (id & ?) = ? ORDER BY id"
        for key, count, body in connection.execute(sql, (max(known.last_key, first - 1), last, mask, group)):
            rows = one_point(unpack_fragment(body, count, hour), self._facts.number)
            known.last_key = key
            if len(rows):
                known.parts.append(rows)
        if len(known.parts) > 1:
            known.parts = [Columns.concatenate(known.parts)]

    def _touched(self, connection: Tables) -> list[int]:
        """Hours with loose readings, and the sealed ones after them: these begin with what came late before them."""
        following = {search.neighbour(connection, self._facts.number, hour, 1) for hour in self._loose}
        return sorted({*self._loose, *(hour for hour in following if hour is not None)})

    def _roll(self, connection: Tables) -> dict[int, HourRoll]:
        facts, rolls = self._facts, dict[int, HourRoll]()
        carry, before = Carry(), -1
        for hour in self._touched(connection):
            sealed = search.chunk(connection, facts, hour)
            rows = merge([*([] if sealed is None else [sealed]), *self._loose.get(hour, [])])
            if before != hour - 1:
                carry = self._carry_into(connection, hour, carry)
            replaced = replaced_ms(connection, facts, hour, carry)
            rolls[hour] = roll_hour(rows, hour, facts.digits, facts.hold_ms, facts.counter, carry, replaced)
            carry, before = rolls[hour].carry, hour
        return rolls
