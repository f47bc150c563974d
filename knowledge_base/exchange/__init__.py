"""Articles and offerings in files: read from what strangers send, written for people's spreadsheets."""
