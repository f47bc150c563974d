"""Files of JSON lines are read whole or refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StaffError
from core.json_lines import read_json_lines


def test_lines_are_read_in_order_and_empty_ones_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "asked.jsonl"
    file.write_bytes('\ufeff{"text": "一"}\n\n{"text": "二"}\n'.encode())
    assert read_json_lines(file, "text") == [{"text": "一"}, {"text": "二"}]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"text": "a"}\n{"text": \n', "line 2: not JSON"),
        (b'{"text": "a"}\n\n{"label": "b"}\n', "line 3: needs text"),
        (b"[1]\n", "line 1: needs text"),
        ('{"text": "充值"}'.encode("gbk"), "is not UTF-8"),
        (b" \n", "holds no line"),
    ],
)
def test_file_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    (tmp_path / "asked.jsonl").write_bytes(content)
    with pytest.raises(StaffError) as refused:
        read_json_lines(tmp_path / "asked.jsonl", "text")
    assert problem in refused.value.detail


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StaffError, match="cannot be read"):
        read_json_lines(tmp_path / "nothing.jsonl")
