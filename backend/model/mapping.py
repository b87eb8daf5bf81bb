"""What the JSON of a device that does not speak our way means: settings say it, drivers follow it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where the value of one point comes from, and how it becomes the stored one: ``stored = written * factor + offset``."""

    point: str
    """Name of the point, which stands among the device's ``points``."""
    path: str = "$"
    """Place in the document (``backend.model.json_path``); ``$`` where the document is the value itself."""
    factor: float = 1.0
    offset: float = 0.0
    absent: tuple[float | str, ...] = ()
    """What the device writes where it has no value; compared before scaling."""
    quoted: bool = False
    """The device writes its numbers as texts."""
    channel: str = ""
    """MQTT: the topic below that of the device. Sparkplug: the metric."""


@dataclass(frozen=True, slots=True)
class TimeField:
    """Where the document says when its values were measured."""

    path: str
    format: str = "iso"
    """``iso``, ``unix_s``, ``unix_ms``, or a format of ``strptime`` such as ``%Y/%m/%d %H:%M``."""
    zone: str = "UTC"
    """IANA zone of times that name none themselves."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """The whole document."""

    sources: tuple[Source, ...]
    time: TimeField | None = None
    """None where it says no time: that of its receipt counts, in doubt."""
    serial: str = ""
    """Place of the device's serial number; empty where it tells none."""
