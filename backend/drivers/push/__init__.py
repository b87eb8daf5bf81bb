"""Devices that send JSON to us over HTTP, each with a key of its own. Start with ``driver.py``."""
