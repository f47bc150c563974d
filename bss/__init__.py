"""What the billing system says: the port, its TM Forum adapter, and the sandbox."""
