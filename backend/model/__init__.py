"""The vocabulary everybody shares: frozen values and pure rules. No I/O, no clock, no settings."""
