"""What does our staff see: the agent desk and the operator console."""

from pathlib import Path

FOLDER = Path(__file__).parent
