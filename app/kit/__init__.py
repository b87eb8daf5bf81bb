"""What both faces share: bridge, presenters, widgets, theme and texts."""
