"""What stands around a scene: its title and time at the top, the sky behind it, age and health beneath."""

from collections.abc import Callable
from dataclasses import dataclass

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.daylight import sky_of
from app.kit.presenters.now import town_of
from app.kit.presenters.sky import SkyView
from app.kit.presenters.told import devices_of
from app.kit.presenters.tone import Tone
from app.kit.presenters.vitals import Vitals, health_of, measured, silence_of
from backend.model.site import Site


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything but the scene's own matter."""

    title: str
    subtitles: tuple[str, ...]
    """Wordings of the line beneath, longest first."""
    clock: str
    date: str
    demo: Pair
    sky: SkyView
    lead: Pair
    """Whose screen it is."""
    vitals: Vitals
    accent: str = ""
    """The scene's message in one breath, behind the title."""
    accent_tone: Tone = Tone.LEAF


def make_frame(
    snapshot: Snapshot,
    site: Site,
    now_ms: int,
    speaker: Speaker,
    title: Callable[[Texts], str],
    measured_ms: int | None,
    accent: tuple[str, Tone] = ("", Tone.LEAF),
) -> Frame:
    """``measured_ms`` is when the newest of the shown values was measured."""
    titles, names = speaker.both(title), speaker.name(site.names)
    return Frame(
        title=titles.main,
        subtitles=_subtitles(titles.second, names),
        clock=speaker.main.time(now_ms, site.timezone),
        date=speaker.main.date(now_ms, site.timezone),
        demo=speaker.both(lambda texts: texts.say("Demo")) if snapshot.demo else UNSAID,
        sky=sky_of(site, now_ms),
        lead=town_of(snapshot, speaker) or names,
        vitals=_vitals(snapshot, site, now_ms, measured_ms, speaker),
        accent=accent[0],
        accent_tone=accent[1],
    )


def _subtitles(second: str, names: Pair) -> tuple[str, ...]:
    both = "・".join(text for text in (second, names.main) if text)
    return tuple(dict.fromkeys(text for text in (both, second, names.main) if text))


def _vitals(snapshot: Snapshot, site: Site, now_ms: int, measured_ms: int | None, speaker: Speaker) -> Vitals:
    silence = silence_of(snapshot, now_ms, site.timezone, speaker)
    if silence is not None:
        return silence
    health = health_of(snapshot, devices_of(snapshot, site), now_ms, speaker)
    return Vitals(measured(measured_ms, now_ms, speaker), health)
