"""Operators' words for what a device complains about: SunSpec event bits, OCPP error codes, and how a line fails."""

from collections.abc import Mapping, Sequence

from app.kit.i18n import Texts
from backend.model.message import Message

_WORDS: tuple[tuple[Message, str], ...] = (
    (Message("ground fault"), "GROUND_FAULT GroundFailure"),
    (Message("DC overvoltage"), "DC_OVER_VOLT"),
    (Message("AC disconnected"), "AC_DISCONNECT"),
    (Message("DC disconnected"), "DC_DISCONNECT"),
    (Message("grid disconnected"), "GRID_DISCONNECT"),
    (Message("frequency too high"), "OVER_FREQUENCY"),
    (Message("frequency too low"), "UNDER_FREQUENCY"),
    (Message("voltage too high"), "AC_OVER_VOLT OVER_VOLTAGE OVER_VOLT_ALARM OVER_VOLT_WARNING OverVoltage"),
    (Message("voltage too low"), "AC_UNDER_VOLT UNDER_VOLTAGE UNDER_VOLT_ALARM UNDER_VOLT_WARNING UnderVoltage"),
    (Message("current too high"), "OVER_CURRENT OverCurrentFailure"),
    (Message("charge current too high"), "OVER_CHARGE_CURRENT_ALARM OVER_CHARGE_CURRENT_WARNING"),
    (Message("discharge current too high"), "OVER_DISCHARGE_CURRENT_ALARM OVER_DISCHARGE_CURRENT_WARNING"),
    (Message("uneven voltage"), "VOLTAGE_IMBALANCE_WARNING"),
    (Message("uneven current"), "CURRENT_IMBALANCE_WARNING"),
    (Message("power failure"), "POWER_FAILURE"),
    (Message("low power factor"), "LOW_PF"),
    (Message("blown string fuse"), "BLOWN_STRING_FUSE"),
    (Message("too hot"), "OVER_TEMP OVER_TEMP_ALARM OVER_TEMP_WARNING HighTemperature"),
    (Message("too cold"), "UNDER_TEMP UNDER_TEMP_ALARM UNDER_TEMP_WARNING"),
    (Message("uneven temperature"), "TEMPERATURE_IMBALANCE_ALARM TEMPERATURE_IMBALANCE_WARNING"),
    (Message("charge too low"), "UNDER_SOC_MIN_ALARM UNDER_SOC_MIN_WARNING"),
    (Message("charge too high"), "OVER_SOC_MAX_ALARM OVER_SOC_MAX_WARNING"),
    (Message("cabinet open"), "CABINET_OPEN OPEN_DOOR_ERROR"),
    (Message("switched off by hand"), "MANUAL_SHUTDOWN"),
    (Message("memory lost"), "MEMORY_LOSS"),
    (Message("hardware test failed"), "HW_TEST_FAILURE"),
    (Message("sensor missing"), "MISSING_SENSOR"),
    (Message("contactor fault"), "CONTACTOR_ERROR PowerSwitchFailure"),
    (Message("fan fault"), "FAN_ERROR"),
    (Message("meter fault"), "PowerMeterFailure"),
    (Message("card reader fault"), "ReaderFailure"),
    (Message("connector lock fault"), "ConnectorLockFailure"),
    (Message("no communication with the vehicle"), "EVCommunicationError"),
    (Message("weak radio signal"), "WeakSignal"),
    (Message("reset failed"), "ResetFailure"),
    (Message("internal fault"), "InternalError COMMUNICATION_ERROR"),
    (Message("wrong settings in the device"), "CONFIGURATION_ALARM CONFIGURATION_WARNING LocalListConflict"),
    (Message("a fault that the device does not name"), "FAULT Faulted OTHER_ALARM OTHER_WARNING OtherError MANUFACTURER_ALRM"),
    (Message("no answer in time"), "timeout silent"),
    (Message("not reachable"), "unreachable"),
    (Message("connection closed"), "closed"),
    (Message("garbled answers"), "garbled"),
    (Message("wrong settings of this node"), "misconfigured"),
    (Message("storage failure of this node"), "storage"),
    (Message("failure of this node's driver"), "driver_error"),
)
_BY_KEY: Mapping[str, Message] = {key: message for message, keys in _WORDS for key in keys.split()}


def cause_word(texts: Texts, key: str) -> str:
    """The word for one key; a key that nobody knows, such as ``BIT_20`` or a maker's own code, as it stands."""
    word = _BY_KEY.get(key)
    return texts.say_message(word) if word else key


def cause_words(texts: Texts, keys: Sequence[str]) -> str:
    """All of them, each word once, in their order."""
    return ", ".join(dict.fromkeys(cause_word(texts, key) for key in keys))
