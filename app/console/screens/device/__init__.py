"""One device: live points, the day's trend, raw beside decoded."""
