"""Which reader a file belongs to: by its name, and by its first bytes where the two do not agree."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath

from knowledge_base.exchange.archive import COMPOUND, ZIP, check_workbook
from knowledge_base.exchange.limits import MAX_BYTES
from knowledge_base.exchange.problems import FileRefused


class FileKind(str, Enum):
    """A form of file that is read."""

    WORKBOOK = "workbook"
    DELIMITED = "delimited"
    YAML = "yaml"
    JSON = "json"
    JSON_LINES = "json_lines"


_ARTICLES = {
    ".xlsx": FileKind.WORKBOOK,
    ".csv": FileKind.DELIMITED,
    ".tsv": FileKind.DELIMITED,
    ".txt": FileKind.DELIMITED,
    ".yml": FileKind.YAML,
    ".yaml": FileKind.YAML,
}
_OFFERINGS = {
    **{suffix: kind for suffix, kind in _ARTICLES.items() if kind is not FileKind.YAML},
    ".json": FileKind.JSON,
    ".jsonl": FileKind.JSON_LINES,
}
_MACROS = frozenset({".xlsm", ".xltm", ".xlsb", ".xlam"})
_OLD = frozenset({".xls", ".xlt"})


def kind_of(filename: str, data: bytes, is_article: bool = True) -> FileKind:
    """Return what a file is; raises FileRefused where it is empty, too large, or something else than its name says."""
    suffix = PurePath(filename).suffix.lower()
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise FileRefused("file_empty")
    if len(data) > MAX_BYTES:
        raise FileRefused("file_too_large", limit=MAX_BYTES // 1024 // 1024)
    if suffix in _OLD or suffix in _MACROS:
        if data.startswith(ZIP) and suffix in _OLD:
            check_workbook(data)
            raise FileRefused("file_renamed_workbook", suffix=suffix)
        if data.startswith(COMPOUND):
            check_workbook(data)
        raise FileRefused("file_old_excel" if suffix in _OLD else "file_macros")
    kind = (_ARTICLES if is_article else _OFFERINGS).get(suffix)
    if kind is None:
        raise FileRefused("file_type" if is_article else "file_type_offerings", name=suffix or "没有扩展名的")
    if kind is not FileKind.WORKBOOK and data.startswith((ZIP, COMPOUND)):
        check_workbook(data)
        raise FileRefused("file_renamed_workbook", suffix=suffix)
    return kind
