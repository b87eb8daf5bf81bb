"""The API keeps to its own description, whatever is asked: schemathesis with all its checks."""

import asyncio
import sys
from pathlib import Path

import pytest

from backend.api.tokens import Scope
from tests.support.api import METER, running_api

# That from_ms lies before to_ms, or that a cursor was given by us, no schema can say: such a question is a documented 400, while
# 422 for what the schema allows stays a failure.
CONFIGURATION = """\
color = false
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 401, 403, 404, 429]
{parameters}
"""
KNOWN_POINT = """\
[parameters]
point = "school/pv/ac_energy"
"""


@pytest.mark.parametrize("parameters", ["", KNOWN_POINT], ids=["anything", "of a known point"])
async def test_whatever_is_asked_the_answer_is_as_described(tmp_path: Path, parameters: str) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION.format(parameters=parameters))
    async with running_api(tmp_path, per_second=10_000, gateways=True) as api:
        command = ("-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", f"{api.url}/openapi.json")
        # A stream has no end; it has tests of its own.
        chosen = ("--checks", "all", "--max-examples", "8", "--exclude-path", "/v1/stream", "--generation-database", "none")
        allowed = ("--header", f"Authorization: Bearer {api.word(*Scope, devices=[METER.key])}")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            *chosen,
            *allowed,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"Tested: 14" in said, said.decode()
