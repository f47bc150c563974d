"""How much of a file is read; past a limit the file is refused with its reason, never read in part."""

from __future__ import annotations

MAX_BYTES = 20 * 1024 * 1024  # of a file as it is sent
MAX_UNPACKED_BYTES = 300 * 1024 * 1024  # of a workbook's parts together
MAX_RATIO = 200  # of a part's size to its packed size, once it is large enough to matter
RATIO_FROM_BYTES = 4 * 1024 * 1024
MAX_PARTS = 1_000  # of a workbook
MAX_ROWS = 50_000  # that hold anything
MAX_ROW_NUMBER = 200_000  # of the last such row
MAX_COLUMNS = 200
MAX_CELL_CHARS = 32_767  # Excel's own limit
MAX_DEPTH = 20  # of nested YAML or JSON
MAX_QUESTIONS = 200  # of one article
MAX_PROBLEMS = 1_000  # told one by one; the rest are counted
CHILD_MEMORY_BYTES = 2 * 1024 * 1024 * 1024  # of the process that reads a file, libraries included
CHILD_CPU_S = 120
