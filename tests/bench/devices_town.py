"""The pseudo devices of the devices bench, in a process of their own; each tells something new every second."""

import argparse
import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Callable, Sequence

from websockets.exceptions import InvalidHandshake, WebSocketException

from backend.drivers.ocpp.stamps import write_stamp
from backend.simulation.echonet import PseudoNode, pseudo_pv
from backend.simulation.sunspec import PseudoDevice, Settable, pseudo_inverter, pseudo_meter, pseudo_station
from backend.simulation.web import WebDevice
from tests.support.charge_point import calling
from tests.support.mqtt_device import MqttDevice

PERIOD_S = 1.0
Values = Callable[[int], dict[str, Settable]]
MODBUS: tuple[tuple[Callable[[str], PseudoDevice], int, Values], ...] = (
    (pseudo_inverter, 103, lambda count: {"St": 4, "W": 100 + count % 900, "WH": 1000 + count}),
    (pseudo_meter, 203, lambda count: {"W": count % 900, "TotWhImp": 1 + count}),
    (pseudo_station, 307, lambda count: {"TmpAmb": 15 + count % 10, "RH": 40 + count % 50}),
)
"""How each kind of device is made, and what its model tells."""


async def modbus(number: int, port: int) -> None:
    """An inverter, a meter or a weather station."""
    make, model, values = MODBUS[number % len(MODBUS)]
    device = make(f"B-{number}")
    async with device.serve(port=port):
        for count in itertools.count(7 * number):
            device.put(model, values(count))
            await asyncio.sleep(PERIOD_S)


async def echonet(number: int, port: int) -> None:
    """A household generator."""
    generator = pseudo_pv(f"E-{number}", 100)
    async with PseudoNode(generator, port=port):
        for count in itertools.count(7 * number):
            generator.properties[0xE0] = (100 + count % 900).to_bytes(2)
            await asyncio.sleep(PERIOD_S)


async def web(number: int, port: int) -> None:
    """A sensor that answers with JSON."""
    counts = itertools.count(7 * number)
    device = WebDevice(lambda: {"air": {"celsius": 15 + next(counts) % 10}}, port)
    await device.start()
    await asyncio.Event().wait()


async def mqtt(broker: int, topics: Sequence[str]) -> None:
    """Sensors that leave what they measure with a broker, all over one connection."""
    if not topics:
        return
    async with MqttDevice(broker, "bench") as line:
        for count in itertools.count(1):
            for topic in topics:
                body = {"v": 15 + count % 10, "u": "degC", "ts": _now(), "seq": count, "epoch": 1}
                line.client.publish(topic, json.dumps(body), qos=1)
            await asyncio.sleep(PERIOD_S)


async def charger(url: str, identity: str) -> None:
    """A charger that is charging and meters; it calls again where it was cut off."""
    while True:
        with contextlib.suppress(OSError, TimeoutError, WebSocketException, InvalidHandshake):
            await _meter(url, identity)
        await asyncio.sleep(PERIOD_S)


async def _meter(url: str, identity: str) -> None:
    loop = asyncio.get_running_loop()
    async with calling(url, identity) as line:
        await line.ask("BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "Meter"})
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": _now()}
        await line.ask("StatusNotification", status)
        began = loop.time()
        for count in itertools.count():
            sample = {"value": str(3000 + count % 50), "measurand": "Power.Active.Import", "unit": "W"}
            await line.ask("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": _now(), "sampledValue": [sample]}]})
            await asyncio.sleep(max(began + (count + 1) * PERIOD_S - loop.time(), 0))


def _now() -> str:
    return write_stamp(time.time_ns() // 1_000_000)


PORTS = {"modbus": modbus, "echonet": echonet, "web": web}
"""Devices that listen on a port of their own."""


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ocpp", default="", help="where chargers call")
    parser.add_argument("--chargers", nargs="*", default=[])
    parser.add_argument("--broker", type=int, default=0, help="its port")
    parser.add_argument("--topics", nargs="*", default=[])
    for protocol in PORTS:
        parser.add_argument(f"--{protocol}", nargs="*", type=int, default=[], help="ports")
    options = parser.parse_args()
    async with asyncio.TaskGroup() as tasks:
        for protocol, serve in PORTS.items():
            for number, port in enumerate(getattr(options, protocol)):
                tasks.create_task(serve(number, port), name=f"{protocol} {number}")
        tasks.create_task(mqtt(options.broker, options.topics), name="mqtt")
        for identity in options.chargers:
            tasks.create_task(charger(options.ocpp, identity), name=identity)


if __name__ == "__main__":
    asyncio.run(main())
