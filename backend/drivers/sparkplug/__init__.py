"""Edge nodes and their devices that speak Sparkplug B over an MQTT broker. Start with ``driver.py``."""
