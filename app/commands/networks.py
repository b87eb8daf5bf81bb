"""Which addresses a scan asks: those of the networks that are named, else of the networks of this computer."""

import socket
import struct
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from pathlib import Path

from app.commands.failure import CommandError
from backend.model.message import Message

MOST_HOSTS = 4096
"""As many as a network of /20 has addresses."""
_ROUTES = Path("/proc/net/route")
_LOOPBACK = IPv4Network("127.0.0.0/8")
_LINK_LOCAL = IPv4Network("169.254.0.0/16")
_USUAL_BITS = 24


def networks(named: Sequence[str], routes: Path = _ROUTES) -> list[IPv4Network]:
    """Raises ``CommandError`` for what is no network, or too large for a scan."""
    found = [_network(text) for text in named] if named else own_networks(routes)
    for network in found:
        if network.num_addresses > MOST_HOSTS:
            raise CommandError(
                Message("The network {network} is too large for a scan.", {"network": str(network)}),
                Message("It has {count} addresses; asking them all would disturb it for long.", {"count": network.num_addresses}),
                Message("Name a part of it, of /20 at most, such as: enemado device scan 192.168.1.0/24"),
                code=2,
            )
    if len(hosts_of(found)) > MOST_HOSTS:
        raise CommandError(
            Message("These networks are too large for one scan: {networks}", {"networks": ", ".join(map(str, found))}),
            Message("Together they have more than {count} addresses.", {"count": MOST_HOSTS}),
            Message("Name a part of it, of /20 at most, such as: enemado device scan 192.168.1.0/24"),
            code=2,
        )
    return found


def hosts_of(found: Sequence[IPv4Network]) -> tuple[str, ...]:
    """Every address of a host in these networks, each once."""
    return tuple(dict.fromkeys(str(host) for network in found for host in network.hosts()))


def own_networks(routes: Path = _ROUTES) -> list[IPv4Network]:
    """Networks to which this computer is connected directly; where the system does not tell, the 256 addresses around it."""
    try:
        lines = routes.read_text("ascii").splitlines()[1:]
    except OSError:
        return _around_us()
    found: list[IPv4Network] = []
    for line in lines:
        fields = line.split("\t")
        if len(fields) > 7 and int(fields[2], 16) == 0 and int(fields[1], 16) != 0:
            network = IPv4Network((_address(fields[1]), str(IPv4Address(_address(fields[7])))))
            if not network.subnet_of(_LOOPBACK) and not network.subnet_of(_LINK_LOCAL) and network not in found:
                found.append(network)
    return found


def _address(field: str) -> int:
    """The kernel writes addresses as the machine keeps them."""
    return int.from_bytes(struct.pack("=I", int(field, 16)))


def _around_us() -> list[IPv4Network]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            # Chooses a way and sends nothing: an address for documentation, that nobody has.
            asking.connect(("192.0.2.1", 9))
        except OSError:
            return []
        own = asking.getsockname()[0]
    return [IPv4Network(f"{own}/{_USUAL_BITS}", strict=False)]


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise CommandError(
            Message("“{text}” is no network.", {"text": text}),
            Message("Nothing was searched."),
            Message("Write it as 192.168.1.0/24, or a single address as 192.168.1.20."),
            code=2,
        ) from error
