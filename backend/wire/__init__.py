"""The sealed batch: the bytes that a store keeps, an uplink sends and anyone can verify. Pure."""
