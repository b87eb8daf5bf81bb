"""The index chooses a driver by scheme, and loads none before it is needed."""

import subprocess
import sys

import pytest

from backend.drivers.contract import DeviceMisconfigured
from backend.drivers.index import ATTESTED, COMING, LISTENING, POLLING, polling_driver, scheme_of
from backend.drivers.sunspec.driver import SunSpecDriver
from backend.settings.addresses import SCHEMES


def test_a_scheme_chooses_a_driver() -> None:
    assert isinstance(polling_driver("sunspec://host"), SunSpecDriver)
    assert scheme_of("ocpp://CP-01") == "ocpp"


@pytest.mark.parametrize("address", ["ocpp://CP-01", "gateway://meter", "ftp://host", "sunspec", ""])
def test_anything_else_cannot_be_asked(address: str) -> None:
    with pytest.raises(DeviceMisconfigured):
        polling_driver(address)


def test_settings_accept_exactly_what_the_index_knows() -> None:
    assert set(SCHEMES) == {*POLLING, *LISTENING, *COMING, *ATTESTED}


def test_the_index_alone_loads_no_protocol_library() -> None:
    code = "import sys, backend.drivers.index; print({'pymodbus', 'ocpp', 'websockets', 'sunspec2'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
