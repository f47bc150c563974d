"""`app evaluate`: measure retrieval and intents on your own files; no server needs to run."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from app.intent_scores import Judged, scores
from app.paths import ARTICLES, RASA_PYTHON, ROOT, DataPaths
from app.steps import fail
from bss.sandbox.catalogue import load_offerings
from core.clock import SystemClock
from core.errors import StaffError
from core.json_lines import read_json_lines
from core.settings import Settings
from knowledge_base.corpus import load_corpus
from knowledge_base.evaluation import Part, evaluate_retrieval, held_out, share_answered
from knowledge_base.exact import asks_politely
from knowledge_base.load import open_retriever
from knowledge_base.retrieval import Abstain, Answer, Choices, Retriever

# Chitchat, with no dialogue open.
SMALL_WORDS = frozenset({"affirm", "deny", "inform", "cancel", "goodbye", "rate"})
INFORMATION = frozenset({"plan_query", "balance_query", "bill_query", "usage_query", "faq"})
FALLBACK = "nlu_fallback"
OUT_OF_SCOPE = "out_of_scope"  # the assistant looks for a published question all the same


def evaluate(options: argparse.Namespace, settings: Settings) -> int:
    """Carry out one measure and print it; return 0 when it ran."""
    if options.measure == "catalogue":
        from app.evaluate_catalogue import evaluate_catalogue

        found = evaluate_catalogue(options)
        print(json.dumps(found, ensure_ascii=False) if options.json else _readable(found))
        return 0
    retriever = open_retriever(DataPaths(settings.data_dir).knowledge)
    if options.measure == "retrieval":
        found = _retrieval(retriever, options)
    else:
        found = _intents(retriever, options, DataPaths(settings.data_dir).rasa_model)
    print(json.dumps(found, ensure_ascii=False) if options.json else _readable(found))
    return 0


# --- retrieval ---------------------------------------------------------------------------------------------------


def _retrieval(retriever: Retriever, options: argparse.Namespace) -> dict[str, Any]:
    if options.questions:
        pairs = [
            (str(row["question"]), str(row["article"]))
            for row in _rows(options.questions, "question", "article")
        ]
        parts = {"questions": pairs}
    else:
        articles = load_corpus(ARTICLES, load_offerings(), SystemClock().now())
        parts = {
            "held out, written articles": held_out(articles, Part.TEST, "article"),
            "held out, offering articles": held_out(articles, Part.TEST, "offering"),
            "held out, all": held_out(articles, Part.TEST),
        }
    found: dict[str, Any] = {
        name: asdict(evaluate_retrieval(retriever, pairs)) for name, pairs in parts.items()
    }
    found["search"] = _latency(retriever, next(iter(parts.values())))
    for path in options.out_of_scope:
        lines = [line.split("\t")[-1].strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
        answered, offered = share_answered(retriever, [line for line in lines if line])
        found[f"out of scope: {Path(path).name}"] = {
            "count": len(lines),
            "answered": answered,
            "offered": offered,
        }
    return found


def _latency(retriever: Retriever, pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Return the milliseconds of one search, encoder included."""
    at, taken = SystemClock().now(), []
    for text, _ in pairs[:500]:
        started = time.perf_counter()
        retriever.ask(text, at=at)
        taken.append((time.perf_counter() - started) * 1000)
    if len(taken) < 2:
        return {}
    return {"p50_ms": statistics.median(taken), "p95_ms": statistics.quantiles(taken, n=20)[18]}


# --- intents -----------------------------------------------------------------------------------------------------


def _intents(retriever: Retriever, options: argparse.Namespace, model: Path) -> dict[str, Any]:
    rows = _rows(options.utterances, "text", "label")
    parsed = _parse([str(row["text"]) for row in rows], model)
    at = SystemClock().now()
    judged = [
        Judged(
            text=str(row["text"]),
            label=str(row["label"]),
            predicted=taken_for(str(row["text"]), str(parse["intent"]), retriever, at),
            confidence=float(parse["confidence"] or 0.0),
            alt_labels=tuple(row.get("alt_labels") or ()),
        )
        for row, parse in zip(rows, parsed, strict=True)
    ]
    return scores(judged)


def taken_for(text: str, intent: str, retriever: Retriever, at: datetime) -> str:
    """Return the label that the whole assistant gives a text with no dialogue open (docs/quality.md)."""
    name = intent.partition("/")[0]
    if name in SMALL_WORDS:
        return "chitchat"
    if name == "chitchat":  # a question behind a greeting is answered (actions/smalltalk.py)
        is_answered = asks_politely(text) and not isinstance(retriever.ask(text, at=at), Abstain)
        return "faq" if is_answered else name
    if name not in (FALLBACK, OUT_OF_SCOPE) and name not in INFORMATION:
        return name
    outcome = retriever.ask(text, at=at)
    if isinstance(outcome, Answer) and (outcome.is_exact or name == FALLBACK):
        return "plan_query" if outcome.article.source == "offering" else "faq"
    if name != FALLBACK:
        return name
    if isinstance(outcome, Choices):
        return "faq"
    return OUT_OF_SCOPE  # it abstained


def _parse(texts: Sequence[str], model: Path) -> list[dict[str, Any]]:
    """Parse texts with the trained model in Rasa's interpreter."""
    if not model.exists():
        fail(f"{model} is missing. Run: make train")
    done = subprocess.run(
        [str(RASA_PYTHON), "-m", "bot.engine.parse", "--model", str(model)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RASA_TELEMETRY_ENABLED": "false",
            "PYTHONWARNINGS": "ignore",
        },
        input="".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts),
        capture_output=True,
        text=True,
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or len(rows) != len(texts):
        fail(f"Parsing failed after {len(rows)} of {len(texts)} texts:\n{done.stderr[-2000:]}")
    return rows


# --- files and words ---------------------------------------------------------------------------------------------


def _rows(path: str, *needed: str) -> list[dict[str, Any]]:
    """Read JSON lines; stop with the line's number where one cannot be used."""
    try:
        return read_json_lines(Path(path), *needed)
    except StaffError as error:
        fail(error.detail)


def _readable(found: dict[str, Any], indent: str = "") -> str:
    lines = []
    for name, value in found.items():
        if isinstance(value, dict):
            flat = all(not isinstance(inner, (dict, list)) for inner in value.values())
            words = "  ".join(f"{key} {_figure(inner)}" for key, inner in value.items()) if flat else ""
            lines.append(
                f"{indent}{name}: {words}" if flat else f"{indent}{name}:\n{_readable(value, indent + '  ')}"
            )
        elif isinstance(value, list):
            lines += [
                f"{indent}{name}:",
                *(f"{indent}  {json.dumps(item, ensure_ascii=False)}" for item in value),
            ]
        else:
            lines.append(f"{indent}{name}: {_figure(value)}")
    return "\n".join(lines)


def _figure(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
