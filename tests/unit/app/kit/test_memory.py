"""Large blocks go back to the system, whatever was freed before."""

import subprocess
import sys

import pytest

from app.kit import resources

PROBE = """
from app.kit.memory import return_large_blocks
from pathlib import Path
assert return_large_blocks()
pictures = [bytearray(8 << 20) for _ in range(6)]
small = []
for _ in range(len(pictures)):
    pictures.pop()
    small.append(bytes(600_000))
kept = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
print(kept)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have allocators of their own")
def test_freed_pictures_do_not_stay_in_the_heap():
    found = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, cwd=resources.root())
    assert int(found.stdout) < 30_000  # kB; the pictures alone were 48 MiB
