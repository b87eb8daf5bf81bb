"""Energy from a register that counts up: rollover, reset, replacement, dips and gaps, hour by hour (domain.md section 2).

How the fold uses it::

    rules = rules_for(device, spec)                    # once per point
    result = difference(state, rules, at_ms, value, good, replaced_ms)
    bucket = result.booked_ms // QUARTER_MS            # where each amount belongs
    state = result.state                               # keep beside the chunk; the next hour starts from it

``at_ms`` ascends; absent values are NaN; ``good`` is False for uncertain and bad ones, which are passed over.
``replaced_ms`` are the instants at which the device came back with another serial; passing one again does no harm.
Folding in pieces of any size gives exactly what one call over everything gives. To repair an hour, start from the
state before it and go on until a following hour's state comes out as it was.

A fall or an impossible rise is first held in *doubt*: nothing is credited, the last sure value stays the anchor. If the
counter comes back, the difference to the anchor is credited and the doubt was a dip. If instead it counts on from where
it fell to, it was a rollover (add the modulus), a reset (a new cycle from 0) or, unexplained, a new level whose step is
never credited. A single wrong zero can therefore never turn into a lifetime total, and a threshold alone decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from backend.model.counter_step import HOUR_MS, CounterRules, CounterState, Doubt, Doubted, Finding, Outcome, step
from backend.model.device import Device
from backend.model.event import EventKind
from backend.model.point import PointSpec, Unit

__all__ = ["CounterRules", "CounterState", "Differences", "Doubt", "Doubted", "Finding", "difference", "rules_for"]

RATE_MARGIN = 2.0
"""Growth is believed up to twice the rated power: nameplates in settings are not exact."""


def rules_for(device: Device, spec: PointSpec, interval_s: float | None = None) -> CounterRules:
    """Rules of an accumulating point. The rate comes from the rated power of the connector or the device."""
    rated_w = device.rated_w
    for plate in device.connectors:
        if spec.name.startswith(f"connector{plate.number}.") and plate.max_w is not None:
            rated_w = plate.max_w
    max_rate = RATE_MARGIN * rated_w if rated_w and spec.unit is Unit.WATT_HOUR else None
    return CounterRules(round((interval_s or device.interval_s) * 1000), spec.modulus, max_rate)


@dataclass(frozen=True, slots=True)
class Differences:
    """Energy per pair of sure readings, parallel arrays by time; and what was found on the way."""

    from_ms: NDArray[np.int64]
    to_ms: NDArray[np.int64]
    energy: NDArray[np.float64]
    """Never negative, in the stored unit."""
    recovered: NDArray[np.bool_]
    """True for gap energy: real, but made at unknown times between from and to (``Flag.RECOVERED``).

    Book it only where all of (from, to] lies in one interval: perhaps the day, never one hour that it only ends in.
    """
    findings: tuple[Finding, ...]
    state: CounterState

    @property
    def booked_ms(self) -> NDArray[np.int64]:
        """The instant that names the interval of each amount: a register read at 12:00:00 speaks of the time before."""
        return self.to_ms - 1


@dataclass(slots=True)
class _Run:
    """Work in progress: the parts of the result, in order of time."""

    rules: CounterRules
    state: CounterState
    from_ms: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    to_ms: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    energy: list[NDArray[np.float64]] = field(default_factory=list[NDArray[np.float64]])
    findings: list[Finding] = field(default_factory=list[Finding])

    def one(self, at_ms: int, value: float) -> None:
        """Take one reading that may be the first, or in doubt, or not continue the one before."""
        outcome: Outcome = step(self.rules, self.state, at_ms, value)
        self.state = outcome.state
        if outcome.amount is not None:
            self.from_ms.append(np.array([outcome.amount.from_ms], np.int64))
            self.to_ms.append(np.array([outcome.amount.to_ms], np.int64))
            self.energy.append(np.array([outcome.amount.energy]))
        if outcome.finding is not None:
            self.findings.append(outcome.finding)

    def many(self, at_ms: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        """Take a run of readings that continue each other; the first is the anchor."""
        if len(at_ms) < 2:
            return
        energy = np.diff(value)
        self.from_ms.append(at_ms[:-1])
        self.to_ms.append(at_ms[1:])
        self.energy.append(energy)
        for i in np.flatnonzero((np.diff(at_ms) > self.rules.gap_ms) & (energy > 0)):
            span = int(at_ms[i]), int(at_ms[i + 1])
            self.findings.append(Finding(EventKind.COUNTER_GAP, *span, float(value[i]), float(value[i + 1]), float(energy[i])))
        self.state = replace(self.state, at_ms=int(at_ms[-1]), value=float(value[-1]))

    def result(self) -> Differences:
        """Everything in one piece."""
        from_ms = np.concatenate([np.empty(0, np.int64), *self.from_ms])
        to_ms = np.concatenate([np.empty(0, np.int64), *self.to_ms])
        energy = np.concatenate([np.empty(0), *self.energy])
        recovered = (to_ms - from_ms > self.rules.gap_ms) & (energy > 0)
        return Differences(from_ms, to_ms, energy, recovered, tuple(self.findings), self.state)


def difference(
    state: CounterState,
    rules: CounterRules,
    at_ms: NDArray[np.int64],
    value: NDArray[np.float64],
    good: NDArray[np.bool_],
    replaced_ms: Sequence[int] = (),
) -> Differences:
    """Energy between the readings of one counter, from ``state`` on. See the module for the whole story."""
    usable = good & np.isfinite(value)
    if not usable.all():
        at_ms, value = at_ms[usable], value[usable]
    run = _Run(rules, replace(state, replaced_ms=_ahead(state, replaced_ms)))
    breaks = [*_breaks(rules, at_ms, value, run.state.replaced_ms), len(at_ms)] if len(at_ms) else []
    position = 0
    for stop in breaks:
        while position < stop and (position == 0 or run.state.doubted is not None):
            run.one(int(at_ms[position]), float(value[position]))
            position += 1
        if position < stop:
            run.many(at_ms[position - 1 : stop], value[position - 1 : stop])
            position = stop
        if stop < len(at_ms):
            run.one(int(at_ms[stop]), float(value[stop]))
            position = stop + 1
    return run.result()


def _ahead(state: CounterState, replaced_ms: Sequence[int]) -> tuple[int, ...]:
    """Replacements that the readings taken so far do not know of."""
    if not replaced_ms:
        return state.replaced_ms
    last_ms = state.doubted.at_ms if state.doubted is not None else state.at_ms
    return tuple(sorted({*state.replaced_ms, *(i for i in replaced_ms if last_ms is None or i > last_ms)}))


def _breaks(rules: CounterRules, at_ms: NDArray[np.int64], value: NDArray[np.float64], replaced_ms: tuple[int, ...]) -> list[int]:
    """Rows that do not simply continue the row before."""
    growth = np.diff(value)
    odd = (growth < 0) | (growth > rules.half_modulus)
    if rules.max_rate is not None:
        odd |= growth > rules.max_rate * (np.diff(at_ms) + HOUR_MS) / HOUR_MS
    rows: set[int] = {int(row) + 1 for row in np.flatnonzero(odd)}
    rows.update(int(row) for row in np.searchsorted(at_ms, replaced_ms) if 0 < row < len(at_ms))
    return sorted(rows)
