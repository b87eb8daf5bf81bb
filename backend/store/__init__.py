"""Keeps what intake gives: journal, chunks and roll-ups, and a reader for the faces."""
