"""A node with a planted fault, to prove that witnesses see it: it acknowledges first and commits a little later."""

import asyncio

from app.cli import main
from backend.intake import intake
from backend.intake.group import Group

LATER_S = 0.3


class HastyIntake(intake.Intake):
    """Keeps no promise."""

    async def _commit(self, group: Group) -> None:
        group.resolve(None)
        await asyncio.sleep(LATER_S)
        await super()._commit(group)


if __name__ == "__main__":
    setattr(intake, "Intake", HastyIntake)  # noqa: B010 - a class is not meant to be exchanged
    main()
