"""The devices of the pixel bench, in a process of their own: inverters on Modbus, chargers that meter."""

import argparse
import asyncio
import contextlib
import itertools
import time

from websockets.exceptions import InvalidHandshake, WebSocketException

from backend.drivers.ocpp.stamps import write_stamp
from backend.simulation.sunspec import pseudo_inverter
from tests.support.charge_point import calling

PERIOD_S = 5.0


async def inverter(number: int, port: int) -> None:
    """One inverter whose power keeps changing."""
    device = pseudo_inverter(f"B-{number}", strings=0)
    async with device.serve(port=port):
        for count in itertools.count():
            device.put(103, {"St": 4, "W": 100 + (37 * number + 11 * count) % 900, "WH": 1000 + count})
            await asyncio.sleep(1.0)


async def charger(url: str, identity: str) -> None:
    """One charger that is charging and meters."""
    while True:
        with contextlib.suppress(OSError, TimeoutError, WebSocketException, InvalidHandshake):
            await meter(url, identity)
        await asyncio.sleep(0.5)


async def meter(url: str, identity: str) -> None:
    async with calling(url, identity) as line:
        await line.ask("BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "Meter"})
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": now()}
        await line.ask("StatusNotification", status)
        for count in itertools.count():
            sample = {"value": str(3000 + count % 50), "measurand": "Power.Active.Import", "unit": "W"}
            await line.ask("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": now(), "sampledValue": [sample]}]})
            await asyncio.sleep(PERIOD_S)


def now() -> str:
    return write_stamp(time.time_ns() // 1_000_000)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--chargers", nargs="*", default=[])
    parser.add_argument("--ports", nargs="*", type=int, default=[])
    options = parser.parse_args()
    async with asyncio.TaskGroup() as tasks:
        for number, port in enumerate(options.ports):
            tasks.create_task(inverter(number, port), name=f"inverter {number}")
        for identity in options.chargers:
            tasks.create_task(charger(options.url, identity), name=identity)


if __name__ == "__main__":
    asyncio.run(main())
