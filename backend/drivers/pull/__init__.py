"""Devices that we ask for JSON over HTTP. Start with ``driver.py``."""
