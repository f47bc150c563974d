"""Files of JSON lines that people write: read whole, or refused with the line that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.errors import StaffError


def read_json_lines(path: Path, *needed: str) -> list[dict[str, Any]]:
    """Read the objects of a file; raise StaffError("questions.invalid") with the line that cannot be used."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise StaffError("questions.invalid", f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StaffError("questions.invalid", f"{path} is not UTF-8") from None
    rows = [
        _row(line, f"{path}, line {number}", needed) for number, line in enumerate(lines, 1) if line.strip()
    ]
    if not rows:
        raise StaffError("questions.invalid", f"{path} holds no line")
    return rows


def _row(line: str, where: str, needed: tuple[str, ...]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise StaffError("questions.invalid", f"{where}: not JSON") from None
    if not isinstance(row, dict) or any(name not in row for name in needed):
        raise StaffError("questions.invalid", f"{where}: needs {' and '.join(needed)}")
    return row
