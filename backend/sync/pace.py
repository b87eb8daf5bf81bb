"""How large a parcel may be: so that a request takes about a second, and what is new never waits long behind it. Pure."""

SMALLEST_PARCEL = 16 * 1024
FIRST_PARCEL = 64 * 1024
"""Nobody knows yet how fast the line is."""
REQUEST_S = 1.0


class Pace:
    """Of one uplink."""

    def __init__(self, largest_bytes: int) -> None:
        self._largest_bytes = largest_bytes
        self.parcel_bytes = min(FIRST_PARCEL, largest_bytes)
        """A parcel holds about so much at most."""

    def took(self, size: int, seconds: float) -> None:
        """A parcel of this size was answered after so long."""
        if seconds > REQUEST_S:
            fitting = round(size / seconds * REQUEST_S)
            self.parcel_bytes = min(self.parcel_bytes, max(SMALLEST_PARCEL, fitting))
        elif seconds < REQUEST_S / 2 and size > self.parcel_bytes // 2:
            self.parcel_bytes = min(self._largest_bytes, self.parcel_bytes * 2)

    def cut(self) -> None:
        """A parcel was not answered: perhaps a smaller one comes through."""
        self.parcel_bytes = min(self.parcel_bytes, max(SMALLEST_PARCEL, self.parcel_bytes // 2))
