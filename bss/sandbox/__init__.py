"""A billing system to develop and test against: TM Forum APIs on its own SQLite file, seeded deterministically."""
