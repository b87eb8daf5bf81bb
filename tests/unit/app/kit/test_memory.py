"""Large blocks go back to the system, whatever was freed before."""

import subprocess
import sys

import pytest

from app.kit import resources

PROBE = """
import sys
from app.kit.memory import return_large_blocks
from pathlib import Path
if sys.argv[1] == "with":
    assert return_large_blocks()
picture = bytearray(b"x") * (24 << 20)
del picture
pictures, small = [], []
for _ in range(6):
    pictures.append(bytearray(b"x") * (8 << 20))
    small.append(bytes(600_000))
pictures.clear()
print(next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")))
"""


def kept_kb(how: str) -> int:
    command = [sys.executable, "-c", PROBE, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, cwd=resources.root()).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have allocators of their own")
def test_freed_pictures_do_not_stay_in_the_heap():
    assert kept_kb("with") < kept_kb("without") - 30_000
