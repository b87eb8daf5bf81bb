"""Fetches a file over HTTP when it has changed: conditional requests, bounded in size and time. Blocking; runs in a thread."""

import json
import time
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests

from backend.drivers.contract import DeviceUnreachable

LARGEST_BYTES: Final = 256 << 20
LIMIT_S: Final = 60.0
_PIECE: Final = 64 * 1024
_NAME: Final = "body"


@dataclass(frozen=True, slots=True)
class Version:
    """What the server said of the file that was taken in last."""

    url: str = ""
    etag: str = ""
    last_modified: str = ""


class Fetcher:
    """One address and the folder in which its last version is remembered, over restarts too."""

    def __init__(self, url: str, folder: Path, limit_s: float = LIMIT_S) -> None:
        self._url, self._folder, self._limit_s = url, folder, limit_s
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": "enemado", "Accept": "text/csv, text/plain, application/json, */*;q=0.5"})
        self._pending = Version()

    def fetch(self) -> Path | None:
        """The file where it is new or has changed; None where it has not. Raises ``DeviceUnreachable`` and ``OSError``."""
        known = self._known()
        headers = {"If-None-Match": known.etag} if known.etag else {}
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        try:
            with self._session.get(self._url, headers=headers, timeout=self._limit_s / 3, stream=True) as answer:
                if answer.status_code == requests.codes.not_modified:
                    return None
                if answer.status_code != requests.codes.ok:
                    raise DeviceUnreachable(f"{answer.status_code} {answer.reason}")
                self._pending = Version(self._url, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
                return self._save(answer)
        except (requests.RequestException, HTTPException) as error:
            raise DeviceUnreachable(str(error)[:200]) from error

    def taken(self) -> None:
        """What was fetched last is dealt with: from now on only something newer is fetched. Raises ``OSError``."""
        draft = self._folder / "version.draft"
        draft.write_text(json.dumps(asdict(self._pending)), encoding="utf-8")
        draft.replace(self._folder / "version.json")

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _known(self) -> Version:
        try:
            said = json.loads((self._folder / "version.json").read_text(encoding="utf-8"))
            known = Version(str(said["url"]), str(said["etag"]), str(said["last_modified"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Version()
        return known if known.url == self._url else Version()

    def _save(self, answer: requests.Response) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / (Path(urlsplit(self._url).path).name or _NAME)
        deadline, size = time.monotonic() + self._limit_s, 0
        with path.open("wb") as file:
            for piece in answer.iter_content(_PIECE):
                size += len(piece)
                if size > LARGEST_BYTES or time.monotonic() > deadline:
                    raise DeviceUnreachable("too large, or too slow")
                file.write(piece)
        return path
