"""Questions the knowledge base did not serve well, gathered into groups that an operator works off."""
