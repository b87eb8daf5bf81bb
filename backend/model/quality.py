"""Quality of a value as an OPC UA StatusCode (OPC 10000-4 §7.39, OPC 10000-8 §A.4.3), and our own flags beside it."""

from enum import IntEnum, IntFlag


class Quality(IntEnum):
    """The codes Enemado uses. The two top bits tell good, uncertain and bad apart."""

    GOOD = 0x00000000
    GOOD_LOCAL_OVERRIDE = 0x00960000
    UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE = 0x408F0000
    UNCERTAIN_LAST_USABLE_VALUE = 0x40900000
    UNCERTAIN_SUBSTITUTE_VALUE = 0x40910000
    UNCERTAIN_SENSOR_NOT_ACCURATE = 0x40930000
    UNCERTAIN_ENGINEERING_UNITS_EXCEEDED = 0x40940000
    BAD_COMMUNICATION_ERROR = 0x80050000
    BAD_NO_COMMUNICATION = 0x80310000
    BAD_NOT_SUPPORTED = 0x803D0000
    BAD_CONFIGURATION_ERROR = 0x80890000
    BAD_NOT_CONNECTED = 0x808A0000
    BAD_DEVICE_FAILURE = 0x808B0000
    BAD_SENSOR_FAILURE = 0x808C0000
    BAD_OUT_OF_SERVICE = 0x808D0000

    @property
    def is_good(self) -> bool:
        """Whether the value may enter totals and be shown to the public."""
        return self < 0x40000000

    @property
    def is_bad(self) -> bool:
        """Whether there is no usable value at all."""
        return self >= 0x80000000


class Flag(IntFlag):
    """What happened to a reading on its way; kept beside the quality, never inside its bits."""

    NONE = 0
    LATE = 1
    BACKFILLED = 2
    INTERPOLATED = 4
    SUBSTITUTED = 8
    RECOVERED = 16
    CLOCK_SUSPECT = 32
    REPAIRED = 64
    """Its message broke the protocol and was understood all the same, such as a number where a text belongs."""
    ATTESTED = 128
    """A third party's gateway vouches for it; no signature of the device or of a node that asked it does."""
