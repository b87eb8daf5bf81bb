"""``mqtt://roof-sensor``, ``mqtt://zigbee2mqtt/roof``, ``sparkplug://Town/Edge/Meter``: devices behind the broker of ``mqtt``."""

import re

from backend.model.message import Message

_LEVEL = r"[^\s/+#$?\x00-\x1f\x7f]{1,64}"
_TOPIC = re.compile(rf"{_LEVEL}(/{_LEVEL}){{0,9}}")
_SPARKPLUG = re.compile(rf"{_LEVEL}/{_LEVEL}(/{_LEVEL})?")
MQTT_FORM = Message("a name or a topic, such as mqtt://roof-sensor or mqtt://zigbee2mqtt/roof, without “+”, “#” and spaces")
SPARKPLUG_FORM = Message("group, edge node and, where it has several, device, such as sparkplug://Town/Edge1/Meter1")


def mqtt_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    return None if _TOPIC.fullmatch(address.partition("://")[2]) else MQTT_FORM


def sparkplug_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    return None if _SPARKPLUG.fullmatch(address.partition("://")[2]) else SPARKPLUG_FORM
