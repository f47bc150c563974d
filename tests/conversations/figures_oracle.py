"""The figures in plain Python, slowly: what the SQL is compared with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from conversations.figures.model import AGAIN_S, day_of
from core.clock import UTC

Row = Mapping[str, Any]
Counts = Counter[tuple[date, str, str, str]]  # (day, channel, measure, key)


@dataclass
class World:
    """Everything that happened, as rows."""

    contacts: Sequence[Row] = ()
    questions: Sequence[Row] = ()
    handoffs: Sequence[Row] = ()
    ratings: Sequence[Row] = ()
    now: datetime = datetime(2026, 10, 31, tzinfo=UTC)
    counts: Counts = field(default_factory=Counter)
    totals: Counts = field(default_factory=Counter)

    def counted(self) -> World:
        """Count it all."""
        self._bot()
        self._conversations()
        self._desk()
        self.counts = Counter({key: n for key, n in self.counts.items() if n})
        return self

    def _add(self, day: date, channel: str, measure: str, key: str, count: int = 1, total: int = 0) -> None:
        self.counts[day, channel, measure, key] += count
        self.totals[day, channel, measure, key] += total

    def _bot(self) -> None:
        wordings: defaultdict[tuple[date, str, str], list[str]] = defaultdict(list)
        for row in self.questions:
            day, channel, topic = _day(row["asked_s"]), row["channel"], row["topic"]
            if row["outcome"] in ("answered", "offered", "abstained"):
                self._add(day, channel, row["outcome"], topic)
                if row["wording"]:
                    wordings[day, channel, row["wording"]].append(row["contact_id"])
            if row["is_taken"]:
                self._add(day, channel, "taken", topic)
            said = {True: "useful", False: "useless"}.get(row["is_useful"])
            if said:
                self._add(day, channel, f"topic_{said}", topic)
            if row["article"] and row["outcome"] in ("answered", "chosen"):
                self._add(day, channel, "hit", row["article"])
                if said:
                    self._add(day, channel, said, row["article"])
                if row["handed_over"]:
                    self._add(day, channel, "left_behind", row["article"])
        for (day, channel, wording), who in wordings.items():
            if len(set(who)) > 1:
                self._add(day, channel, "wording", wording, len(who))

    def _conversations(self) -> None:
        person = {row["id"]: row["person"] for row in self.contacts}
        talks: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.questions:
            if row["topic"] not in ("", "smalltalk", "rating", "silence", "identity"):
                talks[row["conversation_id"]].append(row)
        for rows in talks.values():
            day, channel = _day(rows[0]["started_s"]), rows[0]["channel"]
            self._add(day, channel, "conversations", "")
            if not any(row["outcome"] == "handoff" or row["handed_over"] for row in rows):
                self._add(day, channel, "contained", "")
            for subject in {row["subject"] for row in rows if row["topic"] != "handoff"}:
                self._matter(day, [row for row in rows if row["subject"] == subject], person)

    def _matter(self, day: date, rows: Sequence[Row], person: Mapping[str, str]) -> None:
        first, last = rows[0], max(row["asked_s"] for row in rows)
        if last + AGAIN_S > self.now.timestamp():
            self._add(day, first["channel"], "pending", first["topic"])
            return
        self._add(day, first["channel"], "settled", first["topic"])
        came_again = any(
            person[other["contact_id"]] == person[first["contact_id"]]
            and other["subject"] == first["subject"]
            and other["conversation_id"] != first["conversation_id"]
            and last < other["asked_s"] <= last + AGAIN_S
            for other in self.questions
        )
        is_met = any(
            row["outcome"] not in ("abstained", "out_of_scope") or row["handed_over"] for row in rows
        )
        if is_met and not came_again:
            self._add(day, first["channel"], "resolved", first["topic"])

    def _desk(self) -> None:
        for row in self.handoffs:
            day, channel = day_of(row["queued"]), row["channel"]
            if row["queued"] == row["requested"]:
                self._add(day, channel, "handoff", row["reason"])
            if row["state"] in ("cancelled", "left"):
                self._add(day, channel, "given_up", "")
            if row["accepted"]:
                self._span(day, channel, "wait", row["queued"], row["accepted"])
                self._add(day, channel, "handled", row["agent_id"])
            if row["first_response"]:
                self._span(day, channel, "first_response", row["accepted"], row["first_response"])
                seconds = int((row["first_response"] - row["accepted"]).total_seconds())
                self._add(day, channel, "agent_response", row["agent_id"], 1, seconds)
            if row["accepted"] and row["ended"]:
                seconds = int((row["ended"] - row["accepted"]).total_seconds())
                self._add(day, channel, "agent_length", row["agent_id"], 1, seconds)
        for row in self.ratings:
            day, channel = day_of(row["asked"]), row["channel"]
            self._add(day, channel, "rating_asked", "")
            if row["is_solved"] is not None:
                self._add(day, channel, "solved" if row["is_solved"] else "unsolved", "")
            if row["score"] is not None:
                for measure, key in (("rated", ""), ("rated_topic", row["topic"]), ("rated_article", row["article"]),
                                     ("rated_agent", row["agent_id"] or "")):  # fmt: skip
                    self._add(day, channel, measure, key, 1, row["score"])

    def _span(self, day: date, channel: str, measure: str, earlier: datetime, later: datetime) -> None:
        seconds = int((later - earlier).total_seconds())
        self._add(day, channel, measure, str(seconds), 1, seconds)


def _day(seconds: int) -> date:
    return day_of(datetime.fromtimestamp(seconds, UTC))
