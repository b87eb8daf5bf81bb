"""Backups: a store's file copied while its node writes, a server's base backup and its archived log, and the way back.

Nothing is imported here: ``archive.py`` runs as the account of a database server, with the standard library alone.
"""
