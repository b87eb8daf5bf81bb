"""Pure functions from a snapshot to view models: what a face says, without knowing how it looks. No Qt."""
