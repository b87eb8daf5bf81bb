"""When a register may be believed."""

from backend.drivers.sunspec.memory import HOLD_OFF_S, Memory


def test_a_settled_device_is_believed_whatever_it_says() -> None:
    memory = Memory()
    assert memory.trusts("e", 100, 0)
    assert memory.trusts("e", 5, 1)
    assert memory.trusts("e", 0, 2)


def test_while_it_wakes_only_growth_is_believed() -> None:
    memory = Memory()
    assert memory.trusts("e", 100, 0)
    memory.wake(10)
    assert not memory.trusts("e", 0, 11)
    assert not memory.trusts("e", 99, 12)
    assert memory.trusts("e", 101, 13)
    assert not memory.trusts("e", 100, 14)
    assert memory.trusts("e", 3, 10 + HOLD_OFF_S)


def test_a_sleeping_device_is_not_believed_a_fall_at_any_time() -> None:
    memory = Memory(counters={"e": 100.0}, asleep=True)
    assert not memory.trusts("e", 3, 1e6)
    memory.fall_asleep(False, 2e6)
    assert not memory.trusts("e", 3, 2e6 + 1)
    assert memory.trusts("e", 3, 2e6 + HOLD_OFF_S)


def test_a_first_zero_waits_too() -> None:
    memory = Memory()
    memory.wake(0)
    assert not memory.trusts("e", 0, 1)
    assert memory.trusts("e", 1, 2)
