"""Every device in one live table."""
