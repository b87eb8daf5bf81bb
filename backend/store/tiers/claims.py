"""Whose site it is: the first node to define it owns it."""

from backend.store.tiers.tables import Tables


class Claims:
    """In memory, and in table ``claim`` within the caller's transaction."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._owners: dict[str, str] = {}
        self._own: frozenset[str] = frozenset()

    def load(self) -> None:
        """Read what the tables know."""
        self._owners = dict(self._tables.execute("SELECT site, node FROM claim").fetchall())
        own = self._tables.execute("SELECT key FROM document WHERE kind = 'site' AND origin = 0")
        self._own = frozenset(key for (key,) in own)

    def is_open_to(self, site: str, node: str) -> bool:
        """Whether a site is this node's, or nobody's yet. A site of our own settings is nobody else's."""
        return site not in self._own and self._owners.get(site, node) == node

    def is_taken(self, site: str) -> bool:
        """Whether somebody else has defined it."""
        return site in self._owners

    def take(self, site: str, node: str) -> None:
        """It is this node's from now on."""
        if site not in self._owners:
            self._tables.execute("INSERT INTO claim (site, node) VALUES (?, ?)", (site, node))
            self._owners[site] = node
