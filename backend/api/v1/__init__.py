"""Version 1 of the API for other programs: read-only HTTP. Imported only by a node whose settings ask for it."""
