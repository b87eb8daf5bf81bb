"""The operator console: calm grey, worst first, keyboard first."""
