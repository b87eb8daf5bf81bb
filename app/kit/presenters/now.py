"""The scene "Now": what one site generates at this moment, and its day."""

from dataclasses import dataclass

from app.kit.bridge.past import own_site
from app.kit.bridge.snapshot import SiteDay, Snapshot
from app.kit.i18n.times import day_of
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.charging import ChargerCount, charger_counts
from app.kit.presenters.claims import Card, known_until, make_cards
from app.kit.presenters.day_chart import DayChart, make_chart
from app.kit.presenters.daylight import day_light, sky_of
from app.kit.presenters.generation import Generation, generation_of
from app.kit.presenters.hero import Hero, day_has_begun, make_hero, tells_the_day
from app.kit.presenters.sky import SkyView
from app.kit.presenters.vitals import Vitals, health_of, measured, silence_of
from backend.model.device import DeviceKind
from backend.model.freshness import Freshness, judge
from backend.model.site import Site

_TEMPERATURE = "ambient_temperature"


@dataclass(frozen=True, slots=True)
class NowView:
    """Everything the scene says."""

    site: Pair
    installed: Pair
    """What is on the roof; empty where it is not known."""
    clock: str
    date: Pair
    outdoors: str
    """Outdoor temperature; empty where none may be shown."""
    demo: Pair
    hero: Hero
    cards: tuple[Card, ...]
    sky: SkyView
    chart: DayChart
    clear_label: Pair
    lead: Pair
    """What the footer's facts are about; the town where there are none."""
    chargers: tuple[ChargerCount, ...]
    """The town's, as the scene "EV chargers" counts them."""
    vitals: Vitals


def site_of(snapshot: Snapshot) -> Site | None:
    """The site whose screen this is: the plan's, else the first."""
    return own_site(snapshot.plan, snapshot.sites)


def has_generation(snapshot: Snapshot) -> bool:
    """Whether this screen's site has photovoltaics at all."""
    site = site_of(snapshot)
    if site is None:
        return False
    return site.pv is not None or any(d.site == site.key and d.kind is DeviceKind.INVERTER for d in snapshot.devices.values())


def view_now(snapshot: Snapshot, now_ms: int) -> NowView | None:
    """The view at ``now_ms``; None while not even the site is known."""
    site = site_of(snapshot)
    if site is None:
        return None
    speaker = Speaker.of(snapshot.plan)
    generation = generation_of(snapshot, site.key, now_ms)
    day = today_of(snapshot, site, now_ms)
    light = day_light(site, now_ms)
    hero = make_hero(site, generation, day, now_ms, speaker)
    chargers = charger_counts(snapshot, now_ms, speaker)
    return NowView(
        site=speaker.name(site.names),
        installed=_installed(site, speaker),
        clock=speaker.main.time(now_ms, site.timezone),
        date=speaker.both(lambda texts: texts.date(now_ms, site.timezone)),
        outdoors=_outdoors(snapshot, site, now_ms, speaker),
        demo=speaker.both(lambda texts: texts.say("Demo")) if snapshot.demo else Pair(),
        hero=hero,
        cards=_cards(site, day, generation, hero, now_ms, speaker),
        sky=sky_of(site, now_ms),
        chart=make_chart(site, day, light, now_ms, speaker.main),
        clear_label=speaker.both(lambda texts: texts.say_to("children", "if clear")),
        lead=speaker.both(lambda texts: texts.say("EV chargers")) if chargers else town_of(snapshot, speaker),
        chargers=chargers,
        vitals=_vitals(snapshot, site, generation, now_ms, speaker),
    )


def town_of(snapshot: Snapshot, speaker: Speaker) -> Pair:
    """Whose screen this is; nothing where the plan does not say."""
    town = snapshot.plan.town if snapshot.plan else None
    return speaker.name(town) if town else UNSAID


def _cards(
    site: Site, day: SiteDay | None, generation: Generation, hero: Hero, now_ms: int, speaker: Speaker
) -> tuple[Card, ...]:
    if not day_has_begun(hero):
        return ()
    until = known_until(site, day, generation, now_ms, speaker.main)
    return make_cards(site, day, speaker, until, with_energy=not tells_the_day(hero))


def today_of(snapshot: Snapshot, site: Site, now_ms: int) -> SiteDay | None:
    """Today, where it is known. Yesterday's hill is not shown as today's when the cache stands still over midnight."""
    day = snapshot.days.get(site.key)
    return day if day and day.day == day_of(now_ms, site.timezone) else None


def _installed(site: Site, speaker: Speaker) -> Pair:
    if site.pv is None:
        return UNSAID
    watts = site.pv.installed_kw * 1000
    return speaker.both(lambda texts: texts.say("Solar {power}", power=str(texts.rated_power(watts))))


def _outdoors(snapshot: Snapshot, site: Site, now_ms: int, speaker: Speaker) -> str:
    for key, device in snapshot.devices.items():
        reading = snapshot.latest.get(f"{key}/{_TEMPERATURE}")
        if device.site != site.key or reading is None or reading.value is None:
            continue
        verdict = judge(reading, snapshot.statuses.get(key), device.interval_s, now_ms, snapshot.node_seen_ms)
        if verdict is Freshness.LIVE:
            return str(speaker.main.temperature(reading.value))
    return ""


def _vitals(snapshot: Snapshot, site: Site, generation: Generation, now_ms: int, speaker: Speaker) -> Vitals:
    silence = silence_of(snapshot, now_ms, site.timezone, speaker)
    if silence is not None:
        return silence
    devices = [device for device in snapshot.devices.values() if device.site == site.key]
    at_ms = generation.at_ms if generation.power_w is not None else _newest(snapshot, site)
    return Vitals(measured(at_ms, now_ms, speaker), health_of(snapshot, devices, now_ms, speaker))


def _newest(snapshot: Snapshot, site: Site) -> int | None:
    times = (r.at_ms for key, r in snapshot.latest.items() if key.startswith(f"{site.key}/") and r.value is not None)
    return max(times, default=None)
