"""The only crossing between the cache and Qt."""
