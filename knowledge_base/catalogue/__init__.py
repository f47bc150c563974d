"""Questions about an operator's catalogue: which offering, which property, which tier, and the answer."""
