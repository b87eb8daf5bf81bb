"""The five figures at the top of the overview: what a duty officer asks first. No Qt."""

from dataclasses import dataclass

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import ABSENT, Quantity, Texts
from app.kit.presenters.charging import connectors_of
from app.kit.presenters.condition import Severity
from app.kit.presenters.generation import generation_of
from app.kit.presenters.health import tally_of
from app.kit.presenters.tone import Tone
from backend.model.freshness import Freshness
from backend.model.states import ConnectorState

LEAST_CLEAR_SHARE = 0.05
"""Below this share of the day's best, a ratio to the clear sky says nothing."""

_TONES = {Severity.FAULT: Tone.RED, Severity.WARNING: Tone.AMBER}


@dataclass(frozen=True, slots=True)
class Figure:
    """One tile."""

    caption: str
    number: str
    note: str = ""
    tone: Tone = Tone.INK


def figures_of(snapshot: Snapshot, now_ms: int, texts: Texts) -> tuple[Figure, ...]:
    """Generation now and today, chargers, health, and the store. What the town does not have is left out."""
    found = [*_generation(snapshot, now_ms, texts), _chargers(snapshot, now_ms, texts), _health(snapshot, now_ms, texts)]
    return tuple(figure for figure in (*found, _store(snapshot, now_ms, texts)) if figure is not None)


def clear_ratio(snapshot: Snapshot, site: str, now_ms: int) -> float | None:
    """Generation now as a share of what a clear sky would give; None where that says nothing."""
    import numpy as np

    day, generation = snapshot.days.get(site), generation_of(snapshot, site, now_ms)
    if day is None or not len(day.clear_w) or generation.freshness is not Freshness.LIVE or generation.is_partial:
        return None
    clear_w = float(np.interp(now_ms, day.clear_at_ms, day.clear_w))
    if generation.power_w is None or clear_w < LEAST_CLEAR_SHARE * float(day.clear_w.max()):
        return None
    return generation.power_w / clear_w


def _generation(snapshot: Snapshot, now_ms: int, texts: Texts) -> list[Figure]:
    each = [generation_of(snapshot, site, now_ms) for site in snapshot.sites]
    each = [generation for generation in each if generation.inverters]
    if not each:
        return []
    known = [generation.power_w for generation in each if generation.power_w is not None]
    counted, inverters = sum(g.counted for g in each), sum(g.inverters for g in each)
    power = texts.power(sum(known)) if known else Quantity(ABSENT, "")
    part = "" if counted == inverters else texts.say("{counted} of {count} units", counted=counted, count=inverters)
    note = " · ".join(word for word in (power.unit, part) if word)
    shown = [generation for generation in each if generation.power_w is not None]
    tone = Tone.MUTED if any(generation.freshness is Freshness.STALE for generation in shown) else Tone.INK
    return [Figure(texts.say("Generation now"), power.number, note, tone), _energy(snapshot, texts)]


def _energy(snapshot: Snapshot, texts: Texts) -> Figure:
    days = list(snapshot.days.values())
    known = [day.energy_wh for day in days if day.energy_wh is not None]
    if not known:
        return Figure(texts.say("Today"), ABSENT, texts.say("not measured yet"))
    energy = texts.energy(sum(known))
    whole = len(known) == len(days) and all(day.complete for day in days)
    note = energy.unit if whole else " · ".join((energy.unit, texts.say("partly known")))
    return Figure(texts.say("Today"), energy.number, note)


def _chargers(snapshot: Snapshot, now_ms: int, texts: Texts) -> Figure | None:
    states = [connector.view.state for connector in connectors_of(snapshot, now_ms)]
    if not states:
        return None
    caption, count = texts.say("EV chargers"), texts.number(len(states))
    if all(state is ConnectorState.UNKNOWN for state in states):
        return Figure(caption, f"{ABSENT} / {count}", texts.say("checking"))
    free = sum(state is ConnectorState.AVAILABLE for state in states)
    return Figure(caption, f"{texts.number(free)} / {count}", texts.say("available"))


def _health(snapshot: Snapshot, now_ms: int, texts: Texts) -> Figure | None:
    tally = tally_of(snapshot, snapshot.devices.values(), now_ms, texts)
    if not tally.count:
        return None
    caption, count = texts.say("Healthy devices"), texts.number(tally.count)
    if not tally.known:
        return Figure(caption, f"{ABSENT} / {count}", texts.say("checking"))
    return Figure(caption, f"{texts.number(tally.well)} / {count}", "", _TONES.get(tally.worst, Tone.INK))


def _store(snapshot: Snapshot, now_ms: int, texts: Texts) -> Figure | None:
    store = snapshot.store
    if store is None:
        return None
    age = texts.age(now_ms - store.sealed_ms) if store.sealed_ms is not None else ABSENT
    tone = Tone.RED if store.lost else Tone.INK
    return Figure(texts.say("Lost readings"), texts.number(store.lost), texts.say("last written {age}", age=age), tone)
