"""What a workbook is, before anything opens it: not another kind of file, no bomb, no macro, no entity."""

from __future__ import annotations

import io
import zipfile
from xml.parsers import expat

from knowledge_base.exchange.limits import MAX_PARTS, MAX_RATIO, MAX_UNPACKED_BYTES, RATIO_FROM_BYTES
from knowledge_base.exchange.problems import FileRefused

ZIP = b"PK\x03\x04"
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")  # old Excel, and a new one behind a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 65_536


def check_workbook(data: bytes) -> None:
    """Raise FileRefused where a file is not a harmless .xlsx workbook."""
    if data.startswith(COMPOUND):
        raise FileRefused("file_encrypted" if _ENCRYPTED in data else "file_old_excel")
    if not data.startswith(ZIP):
        raise FileRefused("file_not_workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive)
    except (zipfile.BadZipFile, expat.ExpatError, EOFError, OSError, NotImplementedError) as error:
        raise FileRefused("file_broken", str(error)) from error
    except RuntimeError as error:  # a part behind a password
        raise FileRefused("file_encrypted", str(error)) from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename.lower() for part in parts}
    if "xl/workbook.xml" not in names or "[content_types].xml" not in names:
        raise FileRefused("file_not_workbook")
    if any(name.endswith("vbaproject.bin") or "macrosheets/" in name for name in names):
        raise FileRefused("file_macros")
    # A part is never read past the size that the archive states, so the stated sizes bound what is unpacked.
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise FileRefused("file_bomb")
    for part in parts:
        if part.file_size > RATIO_FROM_BYTES and part.file_size > MAX_RATIO * max(part.compress_size, 1):
            raise FileRefused("file_bomb")
    types = archive.read("[Content_Types].xml")
    if b"macroEnabled" in types:
        raise FileRefused("file_macros")
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            _check_prolog(archive, part)


def _check_prolog(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part up to its first element: a document type may only stand before it."""
    parser = expat.ParserCreate()
    seen: list[str] = []
    parser.StartDoctypeDeclHandler = lambda *_: seen.append("doctype")
    parser.StartElementHandler = lambda *_: seen.append("element")
    with archive.open(part) as stream:
        while not seen and (chunk := stream.read(_CHUNK)):
            parser.Parse(chunk, False)
    if "doctype" in seen:
        raise FileRefused("file_entities", part.filename)
