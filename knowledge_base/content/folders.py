"""Where built releases lie: one folder for each, shared by the processes of a machine, made whole or not at all."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from core.errors import StaffError
from knowledge_base.content.model import ReleaseId
from knowledge_base.load import model_of
from knowledge_base.manifest import NAME

_ABANDONED_S = 3600.0  # a build that nobody has touched for so long


class Folders:
    """The built releases of this machine, under `root`; `shipped` is what `app train` built."""

    def __init__(self, root: Path, shipped: Path) -> None:
        self.root, self.shipped = root, shipped
        self._model = (0, "")  # when what is shipped was built, and its name

    def shipped_model(self) -> str:
        """Name the encoder, gate and judgement that are shipped; training may put others there at any time."""
        with suppress(OSError, StaffError):  # while one folder takes the place of the other
            built = (self.shipped / NAME).stat().st_mtime_ns
            if built != self._model[0]:
                self._model = (built, model_of(self.shipped))
        return self._model[1]

    def of(self, release_id: ReleaseId) -> Path:
        """Return where a release lies, or would lie."""
        return self.root / release_id

    def has(self, release_id: ReleaseId) -> bool:
        """Say whether a release lies here complete: the manifest is written last."""
        return (self.of(release_id) / NAME).exists()

    def take_shipped(self, release_id: ReleaseId) -> None:
        """Let a release be what was shipped: its files are shared, and stay when training replaces the folder."""
        target = self.of(release_id)
        work = self.root / f".{release_id}.{os.getpid()}"
        shutil.rmtree(work, ignore_errors=True)
        self.root.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.shipped.resolve(), work, copy_function=_share)
        try:
            work.rename(target)
        except OSError:  # another process was quicker
            shutil.rmtree(work, ignore_errors=True)

    def clean(self, kept: Collection[ReleaseId]) -> list[str]:
        """Remove releases nobody needs any more and what crashed builds have left; return their names."""
        if not self.root.is_dir():
            return []
        gone = []
        for folder in self.root.iterdir():
            if not folder.is_dir():
                continue
            is_build = folder.name.startswith(".")
            if is_build and time.time() - folder.stat().st_mtime < _ABANDONED_S:
                continue
            if is_build or folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
                gone.append(folder.name)
        return gone


def _share(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
