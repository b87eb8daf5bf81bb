"""Rules that span several keys of a settings file."""

from collections.abc import Iterator
from ipaddress import ip_address

from backend.model.derived import DERIVED
from backend.model.device import GATEWAY, DeviceKind, Security
from backend.model.message import Message
from backend.settings.addresses import normal_address
from backend.settings.mapped import check_mapped
from backend.settings.marked import Marked, Path
from backend.settings.problem import Problem
from backend.settings.shapes import DeviceShape, FileShape

_LONGEST_NAME = 64
"""Of a common name in X.509."""
_TLS = (Security.TLS_BASIC, Security.TLS_CERTIFICATE)


def check_whole(file: FileShape, marked: Marked) -> list[Problem]:
    """What is wrong although every single key is right."""
    return [
        *_role(file, marked),
        *_addresses(file, marked),
        *(problem for path, device in _devices(file) for problem in _device(path, device, file, marked)),
        *_listeners(file, marked),
        *_api(file, marked),
        *_push(file, marked),
        *_kiosk(file, marked),
    ]


def _role(file: FileShape, marked: Marked) -> Iterator[Problem]:
    """A node has sites of its own, takes in those of others, or follows some; a viewer has nothing of its own."""
    if not file.sites and file.ingest is None and file.follow is None:
        yield marked.problem(("sites",), Message("at least one site; only a node with ingest or follow needs none"))
    if file.follow is not None and file.parent is None:
        yield marked.problem(("follow",), Message("the node to follow under parent.url"))
    if file.follow is not None and (file.sites or file.ingest is not None):
        yield marked.problem(("follow",), Message("this key only in a file without sites and ingest"))
    if file.parent is not None and len(file.node.name) > _LONGEST_NAME:
        expected = Message("at most {limit} characters, because the name stands in a certificate", {"limit": _LONGEST_NAME})
        yield marked.problem(("node", "name"), expected)
    if file.ingest is not None and file.api is not None and file.ingest.port == file.api.port:
        yield marked.problem(("ingest", "port"), Message("another port than that of the API"))


def _devices(file: FileShape) -> Iterator[tuple[Path, DeviceShape]]:
    for site_key, site in file.sites.items():
        for device_key, device in site.devices.items():
            yield ("sites", site_key, "devices", device_key), device


def _addresses(file: FileShape, marked: Marked) -> Iterator[Problem]:
    seen: dict[str, Path] = {}
    for path, device in _devices(file):
        first = seen.setdefault(normal_address(device.address), path)
        if first != path:
            values: dict[str, str | int | float] = {
                "key": f"{first[1]}/{first[3]}",
                "line": str(marked.line((*first, "address"))),
            }
            yield marked.problem(
                (*path, "address"),
                Message("an address of its own; {key} in line {line} has this one", values),
            )


def _device(path: Path, device: DeviceShape, file: FileShape, marked: Marked) -> Iterator[Problem]:
    calls_us = device.address.startswith("ocpp://")
    if path[-1] == DERIVED:
        yield marked.problem(path, Message("another key; derived is reserved for values that are computed for the site"))
    if device.measures is not None and device.kind is not DeviceKind.METER:
        yield marked.problem((*path, "measures"), Message("this key only for devices of the kind meter"))
    if calls_us and device.kind is not DeviceKind.CHARGER:
        yield marked.problem((*path, "kind"), Message("charger, because the address begins with ocpp://"))
    if device.security is not None and not calls_us:
        yield marked.problem(
            (*path, "security"),
            Message("this key only where the address begins with ocpp://"),
        )
    if device.connectors and device.kind is not DeviceKind.CHARGER:
        yield marked.problem(
            (*path, "connectors"),
            Message("connectors only for devices of the kind charger"),
        )
    yield from check_mapped(path, device, marked)
    if device.address.startswith(GATEWAY) and not device.points:
        yield marked.problem((*path, "points"), Message("the points that the gateway tells of, such as ac_power with the unit W"))
    numbers = [connector.number for connector in device.connectors]
    for index, number in enumerate(numbers):
        if number in numbers[:index]:
            yield marked.problem(
                (*path, "connectors", index, "number"),
                Message("a connector number that is not used yet"),
            )
    if calls_us:
        yield from _security(path, device, file, marked)


def _security(path: Path, device: DeviceShape, file: FileShape, marked: Marked) -> Iterator[Problem]:
    tls = file.ocpp.tls if file.ocpp else None
    security = device.security or Security.TLS_CERTIFICATE
    if security in _TLS and tls is None:
        expected = Message(
            "a certificate under ocpp.tls, because {security} needs one; only on a loopback or closed network: basic or none",
            {"security": security.value},
        )
        yield marked.problem((*path, "security"), expected)
    elif security is Security.TLS_CERTIFICATE and tls is not None and tls.client_ca is None:
        yield marked.problem(
            (*path, "security"),
            Message("the chargers' authority under ocpp.tls.client_ca"),
        )
    elif security is Security.BASIC and tls is not None and tls.port is None:
        yield marked.problem(
            (*path, "security"),
            Message("tls_basic; or a port of its own under ocpp.tls.port, so that ocpp.port is without TLS"),
        )


def _listeners(file: FileShape, marked: Marked) -> Iterator[Problem]:
    if file.ocpp is not None and file.ocpp.tls is not None and file.ocpp.tls.port == file.ocpp.port:
        yield marked.problem(
            ("ocpp", "tls", "port"),
            Message("another port than ocpp.port; without this key ocpp.port speaks TLS"),
        )


def _api(file: FileShape, marked: Marked) -> Iterator[Problem]:
    api = file.api
    if api is None:
        return
    if api.tls is None and not _is_loopback(api.host):
        expected = Message("a certificate under api.tls, so that nobody can read tokens on the way; without one only 127.0.0.1")
        yield marked.problem(("api", "host"), expected)
    if file.ocpp is not None and api.port in (file.ocpp.port, file.ocpp.tls.port if file.ocpp.tls else None):
        yield marked.problem(("api", "port"), Message("another port than that of the chargers"))


def _push(file: FileShape, marked: Marked) -> Iterator[Problem]:
    ocpp = (file.ocpp.port, file.ocpp.tls.port if file.ocpp.tls else None) if file.ocpp else ()
    if file.push is not None and file.push.port in (*ocpp, file.api.port if file.api else None):
        yield marked.problem(("push", "port"), Message("another port than those of the chargers and of the API"))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _kiosk(file: FileShape, marked: Marked) -> Iterator[Problem]:
    shown = [*file.sites, *(file.follow.sites if file.follow else ())]
    if file.kiosk is not None and file.ingest is None and file.kiosk.site not in shown:
        known = ", ".join(shown)
        yield marked.problem(
            ("kiosk", "site"),
            Message("one of the sites of this file: {known}", {"known": known}),
        )
