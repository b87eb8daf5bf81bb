"""A port that is taken, a driver that breaks: tried again, told once, and the node goes on."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from backend.collector.listening import Listening
from backend.drivers.contract import DeviceUnreachable, Secret
from backend.model.clock import Clock
from backend.model.delivery import Sink
from backend.model.device import Device
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink
from tests.support.tasks import running
from tests.support.waiting import FakeWait, settle


class Port:
    """A listening driver whose port can be taken."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.tried = 0
        self.open = False

    @asynccontextmanager
    async def serve(self, devices: Sequence[Device], sink: Sink, clock: Clock, secret: Secret) -> AsyncGenerator[None]:
        self.tried += 1
        if self.error:
            raise self.error
        self.open = True
        try:
            yield
        finally:
            self.open = False


def listening(port: Port, clock: FakeClock, wait: FakeWait, told: list[str] | None = None) -> Listening:
    heard = [] if told is None else told
    return Listening(
        "ocpp", port, (), RecordingSink(), clock, lambda key: None, wait, lambda: 0.5, lambda message: heard.append(str(message))
    )


async def test_a_taken_port_is_tried_again_until_it_is_free() -> None:
    port, clock = Port(), FakeClock()
    wait = FakeWait(clock)
    port.error = DeviceUnreachable("port 9000 is taken")
    told: list[str] = []
    found = listening(port, clock, wait, told)
    async with running(found.run()):
        await wait.pass_time(60)
        assert 3 <= port.tried <= 10
        assert found.trouble == "port 9000 is taken"
        port.error = None
        await wait.pass_time(30)
        assert port.open
        assert found.trouble == ""
    assert not port.open
    assert told == [
        "Devices cannot connect by ocpp: port 9000 is taken. It is tried again until it works.",
        "Devices can connect again by ocpp.",
    ]


async def test_a_broken_driver_does_not_end_the_node() -> None:
    port, clock = Port(), FakeClock()
    wait = FakeWait(clock)
    port.error = ZeroDivisionError("bug")
    found = listening(port, clock, wait)
    async with running(found.run()):
        await settle()
        assert "ZeroDivisionError" in found.trouble
        await wait.pass_time(5)
        assert port.tried >= 2
