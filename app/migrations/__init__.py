"""The database's history: one numbered file a change, the same on SQLite and PostgreSQL."""
