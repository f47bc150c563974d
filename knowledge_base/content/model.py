"""The values of content: drafts, revisions, releases, test questions, and what the gate found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import NewType

from core.ids import ArticleId, OfferingId
from core.release_rules import GateLimits
from knowledge_base.articles import Card, Image, Link

RevisionNumber = NewType("RevisionNumber", int)  # of one article, from 1
ReleaseId = NewType("ReleaseId", str)
SYSTEM = "system"  # who wrote what was shipped


@dataclass(frozen=True, slots=True)
class ArticleDraft:
    """Everything an operator writes of an article; the text may hold placeholders, it is never markup."""

    id: ArticleId
    title: str
    category: str
    questions: tuple[str, ...]  # up to 200
    answer: str
    held_out: tuple[str, ...] = ()  # similar questions kept out of the index: the gate asks them
    channels: Mapping[str, str] = field(default_factory=dict, hash=False)  # channel -> answer
    regions: Mapping[str, str] = field(default_factory=dict, hash=False)  # region -> answer; before channels
    link: Link | None = None
    image: Image | None = None
    card: Card | None = None
    offerings: tuple[OfferingId, ...] = ()
    followups: tuple[ArticleId, ...] = ()
    valid_from: date | None = None  # first day, China time
    valid_to: date | None = None  # last day, China time


class Deed(str, Enum):
    """What made a revision."""

    SEEDED = "seeded"
    CREATED = "created"
    CHANGED = "changed"
    IMPORTED = "imported"
    RESTORED = "restored"  # an earlier revision's content again
    DELETED = "deleted"
    UNDELETED = "undeleted"


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of an article, kept for ever."""

    article_id: ArticleId
    number: RevisionNumber
    content: ArticleDraft  # of a deletion: what was deleted
    deed: Deed
    who: str  # a member of staff's id, or SYSTEM
    at: datetime
    note: str = ""

    @property
    def is_deletion(self) -> bool:
        return self.deed is Deed.DELETED


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as it stands: its newest revision is the draft, `live` the revision that customers get."""

    draft: Revision
    live: RevisionNumber | None  # None: not in the live release
    is_changed: bool  # a release would change something of it

    @property
    def version(self) -> RevisionNumber:
        """What an edit must name to be accepted."""
        return self.draft.number


class ReleaseState(str, Enum):
    """How far a release has come."""

    DRAFTED = "drafted"  # what goes in is fixed; waits to be built
    TESTING = "testing"  # a child process builds it and runs the gate
    READY = "ready"  # the gate has spoken
    LIVE = "live"
    SUPERSEDED = "superseded"  # was live, or was overtaken or discarded before
    FAILED = "failed"  # could not be built; `error` says why


@dataclass(frozen=True, slots=True)
class Canary:
    """A ready release given to a part of the conversations, for a time."""

    percent: int  # 1 to 99 of conversations, by a hash of their id
    until: datetime
    then_full: bool  # at the end: live for all, or back


@dataclass(frozen=True, slots=True)
class Tried:
    """The last canary of a release, whether it runs or is over."""

    percent: int
    since: datetime
    until: datetime | None  # None: it runs


@dataclass(frozen=True, slots=True)
class Change:
    """What a release does to one article."""

    article_id: ArticleId
    revision: RevisionNumber | None  # None: taken out
    title: str


class Verdict(str, Enum):
    """How one question fares with the candidate, against the live release."""

    BETTER = "better"
    WORSE = "worse"
    AMBIGUOUS = "ambiguous"  # answered before, now only offered among choices
    CHANGED = "changed"  # another answer, where nobody knows the right one
    UNMET = "unmet"  # as before, and still not what a test of this release asks for
    SAME = "same"


class QuestionKind(str, Enum):
    """Where a regression question comes from."""

    HELD_OUT = "held_out"  # similar questions kept out of the index
    PUBLISHED = "published"  # similar questions that a changed article shares with another
    OWN = "own"  # the operator's own test questions
    REAL = "real"  # what customers asked, with an answer they confirmed
    STRANGER = "stranger"  # nobody's business: should not be answered


@dataclass(frozen=True, slots=True)
class RegressionQuestion:
    """A question the gate asks of both releases."""

    question: str
    kind: QuestionKind
    wanted: ArticleId | None  # None: nothing should answer
    channel: str = "web"


@dataclass(frozen=True, slots=True)
class Given:
    """What a question gets from one release."""

    outcome: str  # "answered", "offered" or "abstained"
    articles: tuple[ArticleId, ...]  # the one answered, or those offered
    titles: tuple[str, ...]
    text: str  # the answer's text; empty when none is given
    score: float  # the certainty of an answer; 0 when none is given


@dataclass(frozen=True, slots=True)
class Finding:
    """One regression question, and the two answers side by side."""

    question: str
    kind: QuestionKind
    wanted: ArticleId | None  # None: nothing should answer
    verdict: Verdict
    before: Given
    after: Given


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that was passed."""

    limit: str  # a field of GateLimits, or "notice.<code>" for what another check found
    found: float
    allowed: float
    subject: str = ""  # the article, where the limit is for each article
    title: str = ""  # of that article
    detail: str = ""  # what the other check says, in words


@dataclass(frozen=True, slots=True)
class GateReport:
    """What the gate found; `findings` holds what is not the same, worst first."""

    asked: Mapping[QuestionKind, int]
    counts: Mapping[Verdict, int]
    findings: Sequence[Finding]
    breaches: tuple[Breach, ...]
    limits: GateLimits
    seconds: float

    @property
    def is_blocked(self) -> bool:
        return bool(self.breaches)


@dataclass(frozen=True, slots=True)
class GateSummary:
    """A report without its findings, for lists."""

    asked: Mapping[QuestionKind, int]
    counts: Mapping[Verdict, int]
    breaches: tuple[Breach, ...]
    seconds: float

    @property
    def is_blocked(self) -> bool:
        return bool(self.breaches)


@dataclass(frozen=True, slots=True)
class Release:
    """A set of revisions that goes live together, on top of the release it was made from."""

    id: ReleaseId
    number: int
    state: ReleaseState
    base: ReleaseId | None  # None: the first
    note: str
    created: datetime
    created_by: str
    changes: int  # articles it changes
    articles: int | None  # articles in it, once built
    with_catalogue: bool  # generated articles are made anew from the catalogue
    offerings_hash: str  # of the catalogue that its generated articles follow
    model: str  # names the encoder, gate and judgement it was made with; empty: not known
    with_model: bool  # they are others than those of its base: everything is encoded and written anew
    requested_by: str | None  # an operator asks that it be published
    request_note: str  # what they say with it
    gate: GateSummary | None
    progress: Mapping[str, object] | None  # while it is tested: step, done, total
    published: datetime | None
    published_by: str | None
    override: str  # the reason why a blocked one went live all the same
    canary: Canary | None  # None: none runs
    tried: Tried | None
    error: str


@dataclass(frozen=True, slots=True)
class TestQuestion:
    """A question of the operator's own, and what must answer it."""

    __test__ = False  # not one of pytest's

    id: str
    question: str
    article_id: ArticleId | None  # None: nothing may answer
    channel: str
    note: str
    created: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class ConfirmedQuestion:
    """What a customer asked, and the article that was confirmed to answer it."""

    question: str  # masked
    article_id: ArticleId
    source: str  # "feedback" or a member of staff's id
    at: datetime
