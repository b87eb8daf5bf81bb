"""The engine of Enemado: collects, judges, keeps and serves readings. No Qt below this line."""
