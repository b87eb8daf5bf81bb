"""The scene "Energy flow": where this site's electricity comes from and goes to at this moment, in figures that add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts
from app.kit.i18n.quantity import Quantity
from app.kit.presenters.balance import rounded_together, step_of
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.charging import StateWord
from app.kit.presenters.daylight import sun_elevation_deg
from app.kit.presenters.flow_words import Part, say_action, say_part
from app.kit.presenters.frame import Frame, make_frame
from app.kit.presenters.generation import generation_of
from app.kit.presenters.now import site_of
from app.kit.presenters.told import Told, as_of, devices_of, in_place, told
from app.kit.presenters.tone import Tone
from app.kit.presenters.vitals import say_since
from backend.model import quantities as q
from backend.model.derived import derived_device
from backend.model.device import DeviceKind
from backend.model.freshness import Freshness
from backend.model.quality import Quality
from backend.model.site import Site
from backend.model.sun import RISE_DEG

_POINTS: Mapping[Part, str] = {
    Part.SUN: q.GENERATION_POWER.name,
    Part.GRID: q.GRID_POWER.name,
    Part.BATTERY: q.BATTERY_POWER.name,
    Part.CARS: q.CHARGING_POWER.name,
    Part.BUILDING: q.LOAD_POWER.name,
}
_INTO: Mapping[Part, int] = {Part.SUN: 1, Part.GRID: 1, Part.BATTERY: 1, Part.CARS: -1, Part.BUILDING: -1}
"""The sign with which a part's power comes into the place."""
_KINDS: Mapping[Part, DeviceKind] = {
    Part.SUN: DeviceKind.INVERTER,
    Part.GRID: DeviceKind.METER,
    Part.BATTERY: DeviceKind.BATTERY,
    Part.CARS: DeviceKind.CHARGER,
}
_DARK_SHARE = 0.01
"""Below this share of the installed power a panel is taken for dark once the sun is down."""


@dataclass(frozen=True, slots=True)
class FlowPart:
    """One end of the flow."""

    part: Part
    title: Pair
    figure: Quantity | None
    state: StateWord | None
    """In place of a figure."""
    detail: Pair
    """What it does."""
    note: str
    """The time of an older figure; empty for a live one."""
    into: float
    """Into the place +, out of it -, as a share of the largest flow; 0 where nothing flows or nothing is known."""
    fill: float | None = None
    """Of a battery: how full it is, 0 to 1."""


@dataclass(frozen=True, slots=True)
class FlowView:
    """Everything the scene says."""

    frame: Frame
    building: FlowPart | None
    """None where it is not measured what the building uses."""
    remark: Pair
    """About the building: of what time, how much of its own."""
    difference: Pair
    """By how much the measured values do not add up; empty where the figures add up."""
    parts: tuple[FlowPart, ...]
    moving: bool
    """Whether the plan wants motion."""


@dataclass(slots=True)
class _Powers:
    """What was told of each part, and its figure in shown steps."""

    told: Mapping[Part, Told]
    steps: Mapping[Part, int] = field(default_factory=dict[Part, int])
    unit: tuple[float, float, int, str] = (100.0, 1_000.0, 1, "kW")
    difference: int = 0

    def figure(self, steps: int, texts: Texts) -> Quantity:
        step, unit_w, digits, unit = self.unit
        return Quantity(texts.number(abs(steps) * step / unit_w, digits), unit)


def has_flow(snapshot: Snapshot) -> bool:
    """Whether this screen's site knows what it uses or what comes from the grid, and one end more."""
    site = site_of(snapshot)
    heard = _heard(snapshot, site) if site else ()
    return len(heard) >= 2 and (Part.BUILDING in heard or Part.GRID in heard)


def view_flow(snapshot: Snapshot, now_ms: int) -> FlowView | None:
    """The view at ``now_ms``; None while not even the site is known."""
    site = site_of(snapshot)
    if site is None:
        return None
    speaker = Speaker.of(snapshot.plan)
    powers = _powers(snapshot, site, now_ms)
    parts = {part: _part(snapshot, site, part, powers, now_ms, speaker) for part in powers.told}
    newest = max((one.at_ms for one in powers.told.values() if one.value is not None and one.at_ms), default=None)
    accent = _accent(powers, speaker.main)
    return FlowView(
        make_frame(snapshot, site, now_ms, speaker, lambda texts: texts.say("Energy flow"), newest, accent),
        parts.get(Part.BUILDING),
        _remark(snapshot, site, powers.told.get(Part.BUILDING), now_ms, speaker),
        _difference(powers, speaker),
        tuple(parts[part] for part in parts if part is not Part.BUILDING),
        snapshot.plan is None or snapshot.plan.motion,
    )


def _key(site: Site, part: Part) -> str:
    return f"{derived_device(site.key)}/{_POINTS[part]}"


def _heard(snapshot: Snapshot, site: Site) -> Sequence[Part]:
    """The parts that are measured here: what is not is not drawn."""
    found = ((part, snapshot.latest.get(_key(site, part))) for part in Part)
    return [part for part, reading in found if reading is not None and reading.quality != Quality.BAD_NOT_SUPPORTED]


def _powers(snapshot: Snapshot, site: Site, now_ms: int) -> _Powers:
    heard = _heard(snapshot, site)
    if not heard:
        kinds = {device.kind for device in devices_of(snapshot, site)}
        heard = [part for part in Part if part is Part.BUILDING or _KINDS[part] in kinds]
    powers = _Powers({part: _told(snapshot, site, part, now_ms) for part in heard})
    known = {part: one.value * _INTO[part] for part, one in powers.told.items() if one.value is not None}
    powers.unit = step_of(list(known.values()))
    step = powers.unit[0]
    complete = len(known) == len(heard) and Part.BUILDING in known and Part.GRID in known
    if complete:
        rounded, powers.difference = rounded_together(list(known.values()), step)
        powers.steps = dict(zip(known, rounded, strict=True))
    else:
        powers.steps = {part: round(value / step) for part, value in known.items()}
    return powers


def _told(snapshot: Snapshot, site: Site, part: Part, now_ms: int) -> Told:
    """The sun's part sleeps at night, whatever little its inverters draw."""
    one = told(snapshot, _key(site, part), now_ms)
    if part is not Part.SUN:
        return one
    if one.value is None:
        asleep = generation_of(snapshot, site.key, now_ms).freshness is Freshness.ASLEEP
        return Told(Freshness.ASLEEP, 0.0, one.at_ms) if asleep and one.freshness is not Freshness.FAULTY else one
    installed_w = site.pv.installed_kw * 1000 if site.pv else 0.0
    dark = one.value <= installed_w * _DARK_SHARE and sun_elevation_deg(site, now_ms) < RISE_DEG
    return Told(Freshness.ASLEEP, one.value, one.at_ms) if dark else one


def _part(snapshot: Snapshot, site: Site, part: Part, powers: _Powers, now_ms: int, speaker: Speaker) -> FlowPart:
    one, steps = powers.told[part], powers.steps.get(part, 0)
    shown = one.value is not None and not (one.freshness is Freshness.ASLEEP and steps == 0)
    older = one.freshness is Freshness.STALE and one.at_ms is not None
    largest = max((abs(value) for value in powers.steps.values()), default=0)
    return FlowPart(
        part=part,
        title=speaker.both(lambda texts: say_part(part, texts)),
        figure=powers.figure(steps, speaker.main) if shown else None,
        state=None if shown else in_place(one.freshness, speaker),
        detail=speaker.both(lambda texts: say_action(part, steps, texts)) if shown else UNSAID,
        note=say_since(one.at_ms, now_ms, site.timezone, speaker.main) if older and one.at_ms is not None else "",
        into=steps / largest if largest and one.value is not None else 0.0,
        fill=_fill(snapshot, site, now_ms) if part is Part.BATTERY else None,
    )


def _fill(snapshot: Snapshot, site: Site, now_ms: int) -> float | None:
    """How full the battery is; of several nobody has told it together."""
    batteries = [device for device in devices_of(snapshot, site) if device.kind is DeviceKind.BATTERY]
    if len(batteries) != 1:
        return None
    one = told(snapshot, f"{batteries[0].key}/{q.SOC.name}", now_ms)
    return one.value / 100 if one.freshness is Freshness.LIVE and one.value is not None else None


def _remark(snapshot: Snapshot, site: Site, building: Told | None, now_ms: int, speaker: Speaker) -> Pair:
    if building is None or building.value is None:
        return UNSAID
    if building.freshness is Freshness.STALE and building.at_ms is not None:
        return as_of(building.at_ms, now_ms, site.timezone, speaker)
    own = told(snapshot, f"{derived_device(site.key)}/{q.SELF_SUFFICIENCY.name}", now_ms)
    if own.freshness is not Freshness.LIVE or own.value is None or own.value < 0.5:
        return UNSAID
    share = own.value / 100
    return speaker.both(lambda texts: texts.say_to("children", "{share} from our own power", share=texts.percent(share)))


def _difference(powers: _Powers, speaker: Speaker) -> Pair:
    if not powers.difference:
        return UNSAID
    return speaker.both(
        lambda texts: texts.say("The meters differ by {power}", power=str(powers.figure(powers.difference, texts)))
    )


def _accent(powers: _Powers, texts: Texts) -> tuple[str, Tone]:
    """The message in one breath, where everything that it needs is live."""
    grid, sun = powers.told.get(Part.GRID), powers.told.get(Part.SUN)
    if grid is None or sun is None or grid.freshness is not Freshness.LIVE or sun.value is None or Part.GRID not in powers.steps:
        return "", Tone.LEAF
    if powers.steps[Part.GRID] < 0:
        return texts.say_to("children", "Sharing power with the town"), Tone.LEAF
    if powers.steps[Part.GRID] == 0:
        return texts.say_to("children", "Running on our own power"), Tone.LEAF
    return "", Tone.LEAF
