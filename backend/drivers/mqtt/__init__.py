"""Devices that leave what they measure with an MQTT broker, by our convention or in JSON of their own. See ``driver.py``."""
