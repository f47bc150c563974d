"""The rate limit: a burst, then a steady rate, for each sender alone."""

from __future__ import annotations

from bot.rate_limit import RateLimit


class Watch:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_burst_passes_and_then_what_a_minute_allows() -> None:
    watch = Watch()
    limit = RateLimit(60, watch)
    assert sum(limit.allows("anna") for _ in range(100)) == 60
    watch.now_s = 10.0
    assert sum(limit.allows("anna") for _ in range(100)) == 10
    assert limit.allows("bert")


def test_refused_messages_do_not_prolong_the_wait() -> None:
    watch = Watch()
    limit = RateLimit(1, watch)
    assert limit.allows("anna")
    for second in range(60):
        watch.now_s = float(second)
        assert not limit.allows("anna")
    watch.now_s = 60.5
    assert limit.allows("anna")


def test_zero_is_no_limit() -> None:
    assert all(RateLimit(0).allows("anna") for _ in range(10_000))


def test_many_senders_do_not_fill_the_memory() -> None:
    watch = Watch()
    limit = RateLimit(60, watch)
    for number in range(30_000):
        watch.now_s += 0.01
        limit.allows(f"sender{number}")
    assert len(limit._buckets) <= 20_001
