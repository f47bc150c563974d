"""Build the knowledge index in a process of its own: ``python -m app.build_knowledge FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from app.paths import ARTICLES
from bss.sandbox.catalogue import load_offerings
from core.errors import StaffError
from core.settings import Settings
from knowledge_base.build import build


def main() -> int:
    """Build from the shipped articles and the catalogue into the folder named on the command line."""
    settings = Settings()
    try:
        build(ARTICLES, load_offerings(), Path(sys.argv[1]), settings.encoder)
    except StaffError as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # whoever started this says so
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
