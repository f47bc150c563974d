"""Write every article into one file, in a process of its own: ``python -m app.export_worker FORM WHAT FILE``.

A hundred thousand articles take half a minute of a processor, and customers' turns would wait for it. FORM is a key of
`FORMS`, WHAT is ``drafts`` or ``live``, and the settings say which database.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from console.audit import Audit
from core.background import give_way
from core.clock import SystemClock
from core.database import Database
from core.settings import Settings
from knowledge_base.content.form import written
from knowledge_base.content.store import Content
from knowledge_base.exchange.writing import to_csv, to_workbook, to_yaml

FORMS: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], bytes]] = {
    "yaml": to_yaml,
    "csv": to_csv,
    "xlsx": to_workbook,
}


def main() -> None:
    """Do what the command line says."""
    give_way()
    form, what, path = sys.argv[1:]
    articles = asyncio.run(_articles(Settings(), is_live=what == "live"))
    Path(path).write_bytes(FORMS[form](articles))


async def _articles(settings: Settings, is_live: bool) -> list[dict[str, Any]]:
    db, clock = Database(settings.database), SystemClock()
    try:
        drafts = await Content(db, clock, Audit(db, clock).note).all_drafts(is_live)
    finally:
        await db.close()
    return [written(draft) for draft in drafts]


if __name__ == "__main__":
    main()
