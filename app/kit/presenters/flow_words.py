"""The parts of the scene "Energy flow" and the words for them."""

from enum import StrEnum

from app.kit.i18n import Texts


class Part(StrEnum):
    """Where electricity comes from or goes to."""

    SUN = "sun"
    GRID = "grid"
    BATTERY = "battery"
    CARS = "cars"
    BUILDING = "building"


def say_part(part: Part, texts: Texts) -> str:
    """What a part is called."""
    match part:
        case Part.SUN:
            return texts.say("Solar power")
        case Part.GRID:
            return texts.say("Power grid")
        case Part.BATTERY:
            return texts.say("Battery")
        case Part.CARS:
            return texts.say("Electric cars")
        case Part.BUILDING:
            return texts.say_to("children", "Used here now")


def say_action(part: Part, into: int, texts: Texts) -> str:
    """What a part does; ``into`` is + where it gives, - where it takes, 0 where nothing flows."""
    match part:
        case Part.SUN:
            return texts.say("Generating") if into > 0 else texts.say("No power now")
        case Part.GRID if into > 0:
            return texts.say("From the grid")
        case Part.GRID:
            return texts.say("To the grid") if into < 0 else texts.say("No power now")
        case Part.BATTERY if into > 0:
            return texts.say("Giving power")
        case Part.BATTERY:
            return texts.say("Being filled") if into < 0 else texts.say("Resting")
        case Part.CARS:
            return texts.say("Charging") if into < 0 else texts.say("Not charging")
        case Part.BUILDING:
            return ""
