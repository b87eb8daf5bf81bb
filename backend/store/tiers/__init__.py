"""The three tiers in SQL that SQLite and PostgreSQL both understand; each store brings its own journal."""
