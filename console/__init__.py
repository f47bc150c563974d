"""What does our staff see: the agent desk and the operator console."""
