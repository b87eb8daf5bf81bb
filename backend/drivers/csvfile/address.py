"""What ``file:///folder#zone=site&done=keep`` and ``csv+https://host/file.csv#every=3600&zone=UTC`` say."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from backend.drivers.contract import DeviceMisconfigured

POLITE_S = 60.0
USUAL_S = 3600.0
_OWN = {"done", "every", "attribution"}


@dataclass(frozen=True, slots=True)
class FileAddress:
    """A folder that is watched, or a file that is fetched again and again."""

    folder: Path | None
    url: str
    choices: dict[str, str] = field(default_factory=dict[str, str])
    """What is decided about every file of it, as with ``enemado import --set``."""
    keep: bool = False
    """Whether files stay where they are instead of being moved into ``done``."""
    every_s: float = USUAL_S
    """Between two fetches; never less than a minute."""
    attribution: str = ""
    """Whom the source wants to be named."""


def parse_address(address: str) -> FileAddress:
    """Take an address apart. Raises ``DeviceMisconfigured``."""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.fragment))
    choices = {key: value for key, value in options.items() if key not in _OWN}
    try:
        every_s = max(float(options.get("every", USUAL_S)), POLITE_S)
    except ValueError as error:
        raise DeviceMisconfigured(f"{address}: every is a number of seconds") from error
    if parts.scheme == "file":
        return FileAddress(Path(unquote(parts.path)), "", choices, options.get("done") == "keep")
    url = parts._replace(scheme=parts.scheme.removeprefix("csv+"), fragment="").geturl()
    return FileAddress(None, url, choices, every_s=every_s, attribution=options.get("attribution", ""))
