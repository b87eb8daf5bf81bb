"""What is told of the contact with a charger."""

from dataclasses import replace

from backend.drivers.ocpp.contact import learnt
from backend.model.device import DeviceStatus, Nameplate
from backend.model.states import Connectivity, DeviceHealth

STATUS = DeviceStatus("s/ev1", Connectivity.CONNECTED, 1_000, 1_000)


def test_a_fault_began_when_it_was_heard_first():
    faulty = learnt(STATUS, 5_000, Nameplate(), DeviceHealth.FAULT, ("GroundFailure",)).status
    assert faulty.health_since_ms == 5_000
    again = learnt(faulty, 9_000, Nameplate(), DeviceHealth.FAULT, ("GroundFailure", "OtherError")).status
    assert again.health_since_ms == 5_000
    assert learnt(again, 12_000, Nameplate(), DeviceHealth.OK, ()).status == replace(
        STATUS, last_seen_ms=12_000, health_since_ms=12_000
    )
