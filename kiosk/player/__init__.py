"""Plays scenes on one screen, unattended, for months."""

from kiosk.player.player import Player

__all__ = ["Player"]
