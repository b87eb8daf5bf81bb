"""Every complaint that a driver can report has words in both languages."""

import pytest
from ocpp.v16.enums import ChargePointErrorCode

from app.kit.i18n import texts_for
from app.kit.presenters.causes import cause_word, cause_words
from backend.drivers.sunspec.events import ALARM_BITS, BATTERY_BITS, METER_BITS

SUNSPEC = [key for key, _ in (*ALARM_BITS, *BATTERY_BITS, *METER_BITS.values()) if not key.startswith("RESERVED")]
OCPP = [code.value for code in ChargePointErrorCode if code is not ChargePointErrorCode.no_error]
LINE = ["timeout", "unreachable", "garbled", "misconfigured", "storage", "driver_error", "closed", "silent", "FAULT", "Faulted"]


@pytest.mark.parametrize("key", [*SUNSPEC, *OCPP, *LINE])
def test_every_key_has_a_word_in_both_languages(key: str) -> None:
    japanese, english = cause_word(texts_for("ja"), key), cause_word(texts_for("en"), key)
    assert key not in (japanese, english)
    assert japanese != english


def test_unknown_keys_stand_as_they_are_and_words_stand_once() -> None:
    texts = texts_for("en")
    assert cause_words(texts, ["OVER_TEMP_ALARM", "OVER_TEMP_WARNING", "BIT_20"]) == "too hot, BIT_20"
