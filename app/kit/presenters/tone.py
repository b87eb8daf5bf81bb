"""The meaning of a colour, and the shape that always stands beside it."""

from enum import StrEnum


class Tone(StrEnum):
    """What a colour says; the theme knows which one it is on which ground."""

    INK = "ink"
    MUTED = "muted"
    LEAF = "leaf"
    BLUE = "blue"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


class Shape(StrEnum):
    """States differ in shape, so that nobody needs to see colours."""

    RING = "ring"
    BOLT = "bolt"
    PLUG = "plug"
    PAUSE = "pause"
    TRIANGLE = "triangle"
    DASHES = "dashes"
    CROSS = "cross"
    CLOCK = "clock"
    MOON = "moon"
    TICK = "tick"
    HOURGLASS = "hourglass"
    DROP = "drop"
    DIAMOND = "diamond"
