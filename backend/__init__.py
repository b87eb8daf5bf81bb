"""The engine of Enemado: collects, judges, keeps and serves readings. No Qt below this line."""

__version__ = "0.1.0"
"""Version of the whole product, faces included."""
