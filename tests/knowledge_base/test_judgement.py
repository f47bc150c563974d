"""Thresholds that follow from what is at stake: a few texts out of scope that sound like ours do not move them."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.judgement import Example, Judgement, at_least, calibrate
from knowledge_base.matching import Candidates
from knowledge_base.segment import SIGNALS

_RANDOM_SEED = 7
OURS, STRANGERS = 600, 200


def example(random: np.random.Generator, strength: float, truth: int | None) -> Example:
    """One text whose nearest article is as near as `strength` says; the others are further away."""
    near = np.clip(strength + 0.1 * random.standard_normal((4, len(SIGNALS))), 0, 1)
    near[1:] *= 0.5
    return Example(Candidates(np.arange(4), near, np.zeros(4, dtype=np.int64)), 6 * strength - 3, truth)


def calibrated(like_ours: int) -> Judgement:
    """Calibrate on questions, and on strangers of whom some sound like ours."""
    random = np.random.default_rng(_RANDOM_SEED)
    ours = [example(random, random.uniform(0.4, 1.0), 0) for _ in range(OURS)]
    strengths = [0.9] * like_ours + [random.uniform(0.0, 0.3) for _ in range(STRANGERS - like_ours)]
    return calibrate([*ours, *(example(random, strength, None) for strength in strengths)])


def test_a_few_strangers_who_sound_like_us_move_no_threshold() -> None:
    without, with_some = calibrated(0), calibrated(6)
    assert (with_some.answer_from, with_some.offer_from) == (without.answer_from, without.offer_from)


def test_many_strangers_who_sound_like_us_raise_it_until_few_are_answered() -> None:
    few, many = calibrated(6), calibrated(40)
    random = np.random.default_rng(_RANDOM_SEED + 1)
    found = [example(random, 0.9, None) for _ in range(200)]
    sure = np.array([many.judge(each.candidates, each.gate_score).sure for each in found])
    assert many.answer_from > few.answer_from
    assert np.mean(sure >= few.answer_from) > 0.9  # all of them, but for the evidence of so many
    assert np.mean(sure >= many.answer_from) < 0.5


@pytest.mark.parametrize(("hits", "count", "least"), [(0, 50, 0.0), (10, 100, 0.0552), (50, 50, 0.9287)])
def test_the_least_share_is_wilsons(hits: int, count: int, least: float) -> None:
    assert at_least(hits, count) == pytest.approx(least, abs=1e-4)
