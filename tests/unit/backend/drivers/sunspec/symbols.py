"""Names of codes and bits in the model definitions themselves."""

import json
from importlib import resources


def symbols(model: int, point: str) -> dict[int, str]:
    """Value or bit to name, as the definition of a model lists them for one of its own points."""
    file = resources.files("sunspec2").joinpath("models", "json", f"model_{model}.json")
    points = json.loads(file.read_text("utf-8"))["group"]["points"]
    found = next(each for each in points if each["name"] == point)
    return {symbol["value"]: symbol["name"] for symbol in found["symbols"]}
