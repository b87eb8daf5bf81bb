"""Live tables: rows with a key, cells that know how they look, updated in place."""
