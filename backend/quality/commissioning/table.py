"""Every check of commissioning, one line each. A check is a pure function from a look to findings."""

from collections.abc import Callable, Iterable
from typing import Final

from backend.quality.commissioning import identity, power
from backend.quality.commissioning.look import Finding, Look

CHECKS: Final[tuple[Callable[[Look], Iterable[Finding]], ...]] = (
    identity.silent,
    power.noon,
    power.phases,
    power.parts,
    power.registers,
    power.balance,
    identity.rating,
    identity.serial,
    identity.clock,
)


def examine(look: Look) -> list[Finding]:
    """Every finding, in the order of the table."""
    return [finding for check in CHECKS for finding in check(look)]
