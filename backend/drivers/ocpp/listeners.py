"""The listening sockets: plain, with TLS, or one of each."""

import logging
import os
import ssl
from collections.abc import Sequence
from typing import Final, cast

from websockets.asyncio.server import Server, ServerConnection, serve

from backend.drivers.contract import DeviceMisconfigured, DeviceUnreachable
from backend.drivers.ocpp.door import PROTOCOLS, Door, agreed
from backend.drivers.ocpp.hall import Hall
from backend.settings.node import OcppListener, TlsFiles

LARGEST_FRAME: Final = 1024 * 1024
"""Bytes; what a StopTransaction carries of a night's charging, every ten seconds three samples, has its place in it."""


async def listen(settings: OcppListener, door: Door, hall: Hall) -> Sequence[Server]:
    """Open every listener of the settings, the plain one first. Raises ``DeviceError`` where one cannot be had."""
    servers: list[Server] = []
    try:
        for port, context in _ports(settings):
            servers.append(await _open(settings.host, port, context, door, hall))
            # Whoever is cancelled from here on has a server to close; one that also begins to serve could be lost on the way.
            await servers[-1].start_serving()
    except BaseException:
        await hall.empty(servers)
        raise
    return servers


def port_of(server: Server) -> int:
    """Where it really listens; settings may say 0 for any free port."""
    return next(iter(server.sockets)).getsockname()[1]


def _ports(settings: OcppListener) -> Sequence[tuple[int, ssl.SSLContext | None]]:
    if settings.tls is None:
        return [(settings.port, None)]
    context = tls_context(settings.tls)
    if settings.tls_port is None:
        return [(settings.port, context)]
    return [(settings.port, None), (settings.tls_port, context)]


async def _open(host: str, port: int, context: ssl.SSLContext | None, door: Door, hall: Hall) -> Server:
    try:
        return await serve(
            hall.receive,
            host,
            port,
            subprotocols=PROTOCOLS,
            select_subprotocol=agreed,
            process_request=door.answer,
            create_connection=cast("type[ServerConnection]", hall.porch.maker(context)),
            compression=None,
            server_header=None,
            max_size=LARGEST_FRAME,
            max_queue=8,
            open_timeout=10,
            close_timeout=0.3,
            ping_interval=20,
            ping_timeout=20,
            logger=_quiet(),
            start_serving=False,
        )
    except OSError as error:
        # asyncio wraps the system's word in a sentence of its own; only the word is wanted.
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise DeviceUnreachable(f"cannot listen on {host}:{port}: {reason}") from error


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """For the listener: TLS 1.2 or later; client certificates are asked for where an authority is set."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.certificate, files.key)
        if files.client_ca is not None:
            context.load_verify_locations(files.client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ssl.SSLError) as error:
        raise DeviceMisconfigured(f"certificate files of the OCPP listener: {error}") from error
    return context


def _quiet() -> logging.Logger:
    """Port scanners would fill the log with failed handshakes; what matters is logged by us."""
    logger = logging.getLogger(f"{__name__}.websockets")
    logger.setLevel(logging.CRITICAL)
    return logger
