"""Which addresses a scan asks, and what it refuses to ask."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from app.commands.failure import CommandError
from app.commands.networks import hosts_of, networks, own_networks

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
ROUTES = HEAD + (
    "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    "lo\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
    "eth0\t0000FEA9\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
)


def routes(tmp_path: Path, text: str) -> Path:
    (tmp_path / "route").write_text(text, "ascii")
    return tmp_path / "route"


def test_networks_of_this_computer_are_those_it_is_connected_to(tmp_path: Path) -> None:
    assert own_networks(routes(tmp_path, ROUTES)) == [IPv4Network("192.168.1.0/24")]
    assert all(network.prefixlen == 24 for network in own_networks(tmp_path / "absent"))


def test_a_named_network_or_address_is_asked_as_a_whole() -> None:
    assert hosts_of(networks(["192.168.1.7"])) == ("192.168.1.7",)
    assert hosts_of(networks(["192.168.1.9/30", "192.168.1.10"])) == ("192.168.1.9", "192.168.1.10")
    assert len(hosts_of(networks(["10.0.0.0/20"]))) == 4094


@pytest.mark.parametrize("named", [["10.0.0.0/19"], ["10.0.0.0/20", "10.9.0.0/24"], ["nonsense"], ["10.0.0.0/99"], ["fe80::/64"]])
def test_what_is_too_large_or_no_network_is_refused(named: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        networks(named)
    assert refused.value.code == 2


def test_an_own_network_that_is_too_large_is_refused_by_name(tmp_path: Path) -> None:
    text = HEAD + "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
    with pytest.raises(CommandError) as refused:
        networks([], routes(tmp_path, text))
    assert refused.value.happened.values == {"network": "10.0.0.0/8"}
