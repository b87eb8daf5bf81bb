"""A town's authority, and nodes that want to belong."""

from pathlib import Path

import pytest

from backend.identity.authority import Authority
from tests.support.applicant import Applicant

NOW_MS = 1_795_402_800_000
DAY_MS = 86_400_000


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "ca")
    made.create("Town", NOW_MS)
    return made


@pytest.fixture
def school() -> Applicant:
    return Applicant()
