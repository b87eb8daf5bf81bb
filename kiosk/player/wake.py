"""Keeps the display awake while a kiosk is on, by what each system offers; says which way worked."""

import sys
from typing import Protocol

_REASON = "Enemado signage"


class Wake(Protocol):
    """A hold on the display; let go when the kiosk ends."""

    how: str
    """What was really achieved; empty where nothing was."""

    def release(self) -> None:
        """The display may sleep again."""
        ...


class _Nothing:
    """Where no way exists, such as without a desktop: the host's own settings decide."""

    how = ""

    def release(self) -> None:
        """Nothing is held."""


def keep_awake() -> Wake:
    """Ask the system to keep the display on."""
    if sys.platform == "win32":
        return _WindowsWake()
    if sys.platform == "darwin":
        return _MacWake()
    return _ScreenSaverWake.ask() or _Nothing()


class _ScreenSaverWake:
    """The desktop's org.freedesktop.ScreenSaver, over the session bus."""

    how = "org.freedesktop.ScreenSaver"
    _SERVICE = ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver")

    def __init__(self, cookie: int) -> None:
        self._cookie = cookie

    @classmethod
    def ask(cls) -> "_ScreenSaverWake | None":
        """A hold, or None where no screen saver answers."""
        from PySide6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage

        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            return None
        reply = QDBusInterface(*cls._SERVICE, bus).call("Inhibit", "enemado", _REASON)
        if reply.type() is not QDBusMessage.MessageType.ReplyMessage:
            return None
        return cls(int(reply.arguments()[0]))

    def release(self) -> None:
        """Give the cookie back."""
        from PySide6.QtDBus import QDBusConnection, QDBusInterface

        QDBusInterface(*self._SERVICE, QDBusConnection.sessionBus()).call("UnInhibit", self._cookie)


class _WindowsWake:
    """SetThreadExecutionState with ES_CONTINUOUS, ES_SYSTEM_REQUIRED and ES_DISPLAY_REQUIRED."""

    _CONTINUOUS, _SYSTEM, _DISPLAY = 0x80000000, 0x00000001, 0x00000002

    def __init__(self) -> None:
        held = self._set(self._CONTINUOUS | self._SYSTEM | self._DISPLAY)
        self.how = "SetThreadExecutionState" if held else ""

    def release(self) -> None:
        """Back to the user's power plan."""
        self._set(self._CONTINUOUS)

    @staticmethod
    def _set(state: int) -> int:
        import ctypes

        kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent from the stubs of other systems
        return int(kernel.SetThreadExecutionState(state))


class _MacWake:
    """``caffeinate`` holds a display assertion for as long as this process lives."""

    def __init__(self) -> None:
        import os
        import subprocess

        self._holder = subprocess.Popen(["/usr/bin/caffeinate", "-d", "-w", str(os.getpid())])
        self.how = "caffeinate"

    def release(self) -> None:
        """End the assertion."""
        self._holder.terminate()
        self._holder.wait()
