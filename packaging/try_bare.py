"""Tries both commands of the README on a bare Debian 12 (python3, python3-venv, git). Needs root and debootstrap."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from steps.environment import ROOT

SETUP_S = 900
FRESH_S = 10
INSIDE = Path("srv/エネ窓 trial")
KEPT_VARIABLES = re.compile(r"(PIP_|SSL_CERT_|REQUESTS_CA)\w+|(http|https|no|HTTP|HTTPS|NO)_(proxy|PROXY)")
CONFIGURATION = (
    "etc/apt/sources.list.d/debian.sources",
    "etc/apt/apt.conf.d",
    "etc/pip.conf",
    "root/.config/pip",
    "etc/resolv.conf",
)
CERTIFICATES = ("etc/ssl/certs/ca-certificates.crt", "usr/local/share/ca-certificates")


def main() -> int:
    """Make the system, clone into it, run both commands; 0 if both succeed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to make the bare system; about 3 GB")
    parser.add_argument("--mirror", help="Debian mirror; else the one that this machine uses")
    parser.add_argument("--seconds", type=int, default=40, help="how long to let `run` run")
    options = parser.parse_args()
    system = options.folder.resolve()
    if not (system / "usr" / "bin" / "git").exists():
        _make_system(system, options.mirror or _mirror_of_this_machine())
    _copy_configuration(system)
    shutil.rmtree(system / INSIDE, ignore_errors=True)
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(system / INSIDE)], check=True)
    with _mounted(system):
        results = {"run": _try_run(system, options.seconds), "run again": _try_run(system, 10), "test": _try_test(system)}
    for name, passed in results.items():
        print(f"{name:<10} {'ok' if passed else 'FAILED'}", flush=True)
    return 0 if all(results.values()) else 1


def _make_system(system: Path, mirror: str) -> None:
    packages = "python3,python3-venv,git"
    subprocess.run(["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(system), mirror], check=True)


def _mirror_of_this_machine() -> str:
    sources = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    text = "\n".join(source.read_text("utf-8") for source in sources if source.is_file())
    found = re.search(r"^(?:URIs:|deb(?: \[.*?\])?)\s+(\S+/debian)/?(?:\s|$)", text, re.MULTILINE)
    if not found:
        sys.exit("No Debian mirror found in the sources of apt; name one with --mirror.")
    return found[1]


def _copy_configuration(system: Path) -> None:
    """How this machine reaches its packages: sources, proxies and certificates. None of it belongs in the repository."""
    for name in (*CONFIGURATION, *CERTIFICATES):
        source, target = Path("/", name), system / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore_dangling_symlinks=True)
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _local_package_folders() -> list[Path]:
    """Folders of this machine that pip is configured to look into."""
    text = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True).stdout
    text += os.environ.get("PIP_FIND_LINKS", "")
    found = {Path("/", *Path(path).parts[1:3]) for path in re.findall(r"(?:file://|['\s=])(/[\w./-]+)", text)}
    return sorted(path for path in found if path.is_dir() and "ssl" not in path.parts and path.parts[1] != "etc")


@contextmanager
def _mounted(system: Path) -> Generator[None]:
    folders = [Path("/dev"), Path("/dev/shm"), Path("/proc"), *_local_package_folders()]
    data = ROOT.parent / "shared"
    pairs = [(folder, system / folder.relative_to("/")) for folder in folders]
    pairs += [(data, system / INSIDE.parent / "shared")] if data.is_dir() else []
    try:
        for source, target in pairs:
            target.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "--bind", str(source), str(target)], check=True)
        yield
    finally:
        for _, target in reversed(pairs):
            subprocess.run(["umount", str(target)], check=False)


def _command(system: Path, *arguments: str) -> list[str]:
    kept = [f"{name}={value}" for name, value in os.environ.items() if KEPT_VARIABLES.fullmatch(name)]
    base = ["HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
    script = 'cd "$1" && shift && exec python3 packaging/bootstrap.py "$@"'
    return ["chroot", str(system), "env", "-i", *base, *kept, "sh", "-c", script, "sh", f"/{INSIDE}", *arguments]


def _try_run(system: Path, seconds: int) -> bool:
    """Start the kiosk, let it run, press Ctrl+C: it must have kept a fresh picture until then, and end cleanly."""
    picture = system / "root" / ".local" / "share" / "enemado" / "pictures" / "screen.png"
    picture.unlink(missing_ok=True)
    process = subprocess.Popen(_command(system, "run"))
    began, shown = time.monotonic(), 0.0
    while process.poll() is None and time.monotonic() - began < SETUP_S + seconds:
        if not shown and picture.exists():
            shown = time.monotonic()
            print(f"first picture after {shown - began:.1f} s", flush=True)
        if shown and time.monotonic() - shown > seconds:
            break
        time.sleep(0.1)  # noqa: TID251 - another program's work is waited for
    process.send_signal(signal.SIGINT)
    fresh = picture.exists() and time.time() - picture.stat().st_mtime < FRESH_S
    return process.wait(30) in {0, 130} and fresh


def _try_test(system: Path) -> bool:
    return subprocess.run(_command(system, "test"), check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
