"""One reading after the other: what a counter's value means, given what was sure before (domain.md section 2)."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from backend.model.event import Event, EventKind

HOUR_MS = 3_600_000
GAP_INTERVALS = 3
"""So many expected intervals may lie between two readings before the energy between them is *gap energy*."""
GAP_AT_LEAST_MS = 60_000
STEP_AFTER_MS = 15 * 60_000
"""A counter that went on for so long, in at least ``STEP_READINGS`` readings, on a new level stays there."""
STEP_READINGS = 3
NEAR_ZERO = 0.01
"""A reset is near 0 in comparison with the value before, where no rate says what could have been counted since."""
NEAR_MODULUS = 0.02
"""A rollover grows by no more than this share of the modulus, where no rate says what could have been counted."""
NOISE = 0.001
"""Smaller falls that pass at once credit nothing either, but are not worth telling."""
SMALL_FALL = 0.05
"""Falls by no more than this share of the value are called dips."""


FROM_MODULUS = 0.9
"""Where a rate is known, a rollover still starts in the last tenth of the counter."""


class Doubt(StrEnum):
    """What a reading that does not continue the counter looks like, as long as nothing confirms it."""

    ROLLOVER = "rollover"
    RESET = "reset"
    DIP = "dip"
    """A small fall."""
    STEP = "step"
    """Another fall, or a rise faster than the device can count: perhaps a replacement nobody told of."""


@dataclass(frozen=True, slots=True)
class CounterRules:
    """What is known of a counter beforehand."""

    interval_ms: int
    """Expected time between readings."""
    modulus: float | None = None
    """Where it rolls over to 0, in the stored unit."""
    max_rate: float | None = None
    """Fastest believable growth in stored unit per hour. Rises beyond it are doubted, so give it where it is known."""

    @property
    def gap_ms(self) -> int:
        """Longer differences are gap energy."""
        return max(GAP_INTERVALS * self.interval_ms, GAP_AT_LEAST_MS)

    @property
    def half_modulus(self) -> float:
        """A rise by more than half the modulus is rather a fall across it."""
        return np.inf if self.modulus is None else self.modulus / 2

    def growth_limit(self, elapsed_ms: int) -> float:
        """What can have been counted; an hour more than elapsed, because registers count in coarse steps."""
        return np.inf if self.max_rate is None else self.max_rate * (elapsed_ms + HOUR_MS) / HOUR_MS


@dataclass(frozen=True, slots=True)
class Doubted:
    """Readings under way that do not continue the counter."""

    kind: Doubt
    since_ms: int
    first: float
    at_ms: int
    value: float
    count: int


@dataclass(frozen=True, slots=True)
class CounterState:
    """What has to be remembered between two folds. The default knows nothing: the first value gives no energy."""

    at_ms: int | None = None
    """Time of the anchor, the last value that is sure."""
    value: float = 0.0
    """The anchor."""
    replaced_ms: tuple[int, ...] = ()
    """Replacements after the anchor from which no reading has come yet."""
    doubted: Doubted | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a counter that an operator should be able to see and review."""

    kind: EventKind
    """One of the COUNTER kinds."""
    from_ms: int
    to_ms: int
    before: float
    after: float
    energy: float
    """What was credited between, in the stored unit."""
    explained: bool = True
    """False where a fall or a rise without explanation became the new level: somebody should look."""

    def event(self, point: str) -> Event:
        """As an event about the point with this key."""
        data = {"from_ms": self.from_ms, "before": self.before, "after": self.after, "energy": self.energy}
        return Event(self.to_ms, self.kind, point, {**data, "explained": self.explained})


@dataclass(frozen=True, slots=True)
class Amount:
    """Energy between two readings."""

    from_ms: int
    to_ms: int
    energy: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one more reading changed."""

    state: CounterState
    amount: Amount | None = None
    finding: Finding | None = None


def step(rules: CounterRules, state: CounterState, at_ms: int, value: float) -> Outcome:
    """Take one good reading, later than everything before it."""
    if state.at_ms is None:
        return Outcome(_anchored(state, at_ms, value))
    if any(at_ms >= instant for instant in state.replaced_ms):
        finding = Finding(EventKind.COUNTER_REPLACED, state.at_ms, at_ms, state.value, value, 0.0)
        return Outcome(_anchored(state, at_ms, value), None, finding)
    if _fits(rules, state.value, value, at_ms - state.at_ms):
        return _continued(rules, state, state.at_ms, at_ms, value)
    doubted = state.doubted
    if doubted is None or not _goes_on(rules, state.value, doubted, at_ms, value):
        kind = _kind(rules, state.value, value, at_ms - state.at_ms)
        return Outcome(replace(state, doubted=Doubted(kind, at_ms, value, at_ms, value, 1)))
    doubted = replace(doubted, at_ms=at_ms, value=value, count=doubted.count + 1)
    return _confirmed(rules, state, state.at_ms, doubted) or Outcome(replace(state, doubted=doubted))


def _anchored(state: CounterState, at_ms: int, value: float) -> CounterState:
    return CounterState(at_ms, value, tuple(instant for instant in state.replaced_ms if instant > at_ms))


def _fits(rules: CounterRules, anchor: float, value: float, elapsed_ms: int) -> bool:
    growth = value - anchor
    return 0 <= growth <= min(rules.growth_limit(elapsed_ms), rules.half_modulus)


def _continued(rules: CounterRules, state: CounterState, from_ms: int, at_ms: int, value: float) -> Outcome:
    energy = value - state.value
    finding = None
    if state.doubted is not None:
        if _is_notable(rules, state.value, state.doubted, at_ms):
            since_ms, lowest = state.doubted.since_ms, state.doubted.first
            finding = Finding(EventKind.COUNTER_DIP, since_ms, at_ms, state.value, lowest, energy)
    elif energy > 0 and at_ms - from_ms > rules.gap_ms:
        finding = Finding(EventKind.COUNTER_GAP, from_ms, at_ms, state.value, value, energy)
    return Outcome(_anchored(state, at_ms, value), Amount(from_ms, at_ms, energy), finding)


def _is_notable(rules: CounterRules, anchor: float, doubted: Doubted, at_ms: int) -> bool:
    """Whether a dip that passed is more than the noise of a register kept as a floating-point number."""
    deep = doubted.kind is not Doubt.DIP or abs(anchor - doubted.first) > NOISE * anchor
    return deep or at_ms - doubted.since_ms > rules.gap_ms


def _kind(rules: CounterRules, anchor: float, value: float, elapsed_ms: int) -> Doubt:
    """What a value that does not continue the counter looks like."""
    limit = rules.growth_limit(elapsed_ms)
    if rules.modulus is not None:
        if value < anchor < rules.modulus and _is_rollover(rules, rules.modulus, anchor, value, limit):
            return Doubt.ROLLOVER
        if value - anchor > rules.modulus / 2 and anchor + rules.modulus - value <= SMALL_FALL * rules.modulus:
            return Doubt.DIP
    if 0 <= anchor - value <= SMALL_FALL * anchor:
        return Doubt.DIP
    near_zero = value <= (NEAR_ZERO * anchor if rules.max_rate is None else min(limit, anchor / 2))
    return Doubt.RESET if 0 <= value < anchor and near_zero else Doubt.STEP


def _is_rollover(rules: CounterRules, modulus: float, anchor: float, value: float, limit: float) -> bool:
    growth = value + modulus - anchor
    if rules.max_rate is None:
        return growth <= NEAR_MODULUS * modulus
    return anchor >= FROM_MODULUS * modulus and growth <= limit


def _goes_on(rules: CounterRules, anchor: float, doubted: Doubted, at_ms: int, value: float) -> bool:
    """Whether a reading counts on from the doubted ones."""
    if not 0 <= value - doubted.value <= min(rules.growth_limit(at_ms - doubted.at_ms), rules.half_modulus):
        return False
    if doubted.kind in (Doubt.RESET, Doubt.ROLLOVER):
        return value <= anchor / 2
    return True


def _confirmed(rules: CounterRules, state: CounterState, from_ms: int, doubted: Doubted) -> Outcome | None:
    """The outcome when a doubt has lasted long enough or counts; None while it stays one."""
    value, at_ms = doubted.value, doubted.at_ms
    match doubted.kind:
        case Doubt.ROLLOVER | Doubt.RESET:
            if value <= doubted.first:
                return None
            rolled = doubted.kind is Doubt.ROLLOVER and rules.modulus is not None
            energy = value + (rules.modulus or 0.0) - state.value if rolled else value
            kind = EventKind.COUNTER_ROLLOVER if rolled else EventKind.COUNTER_RESET
            explained = True
        case Doubt.DIP | Doubt.STEP:
            if doubted.count < STEP_READINGS or at_ms - doubted.since_ms < STEP_AFTER_MS:
                return None
            from_ms, energy, explained = doubted.since_ms, value - doubted.first, False
            kind = EventKind.COUNTER_DIP if doubted.kind is Doubt.DIP else EventKind.COUNTER_REPLACED
    finding = Finding(kind, from_ms, at_ms, state.value, value, energy, explained)
    return Outcome(_anchored(state, at_ms, value), Amount(from_ms, at_ms, energy), finding)
