"""What everything stands on: settings, errors, money, clock, text, offerings, privacy, database, logs."""
