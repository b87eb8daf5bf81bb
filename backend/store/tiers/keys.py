"""How keys of chunks and roll-ups are made: hour first, so that writing stays in one place and a partition is a span of time."""

from backend.store.rows import GROUP_BITS

POINT_BITS = 20
GROUPS_BITS = POINT_BITS - GROUP_BITS
RUN_BITS = 20
LARGEST_POINT = (1 << POINT_BITS) - 1


def key_of(period: int, point: int) -> int:
    """Key of a chunk (UTC hour), minutes (UTC hour), quarters (UTC day), hours (UTC month) or a day (of the site)."""
    return period << POINT_BITS | point


def fragment_key(hour: int, run: int, group: int) -> int:
    """Fragments lie by hour, then by the fold run that made them."""
    return (hour << RUN_BITS | run) << GROUPS_BITS | group


def fragment_parts(key: int) -> tuple[int, int, int]:
    """Hour, run and group of a fragment's key."""
    group = key & ((1 << GROUPS_BITS) - 1)
    rest = key >> GROUPS_BITS
    return rest >> RUN_BITS, rest & ((1 << RUN_BITS) - 1), group


def fragments_of(hour: int) -> tuple[int, int]:
    """Smallest and largest possible key of an hour's fragments."""
    return fragment_key(hour, 0, 0), fragment_key(hour + 1, 0, 0) - 1
