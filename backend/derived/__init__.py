"""Values computed from others."""
