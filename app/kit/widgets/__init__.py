"""Pieces a picture is composed of: frozen items with a box, and the canvas that paints what changed."""
