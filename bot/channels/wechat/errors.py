"""What WeChat's API refuses, by what can be done about it.

UpstreamRejected
├── WindowClosed     45015: the user has not written for too long
├── QuotaSpent       45047: as many messages as their last action allowed have been sent
├── NotFollowing     43004, 43019: they do not follow the account
├── MenuRefused      40200 and kin: this account may not send message menus
└── NotPermitted     48001, 40164, 61004, 40243, ...: the account or its settings must be put right by the operator
UpstreamUnavailable
├── ApiBusy          -1, 45009, 45011: later
└── NotSent          WeChat was not reached
    └── NoTurn       not even tried: this process has called as often as it may
TokenRefused         40001, 42001, 40014: the token is no longer good (healed by the client)
"""

from __future__ import annotations

from core.errors import UpstreamError, UpstreamRejected, UpstreamUnavailable


class WindowClosed(UpstreamRejected):
    """The user has not written for too long."""


class QuotaSpent(UpstreamRejected):
    """All that the user's last action allowed has been sent."""


class NotFollowing(UpstreamRejected):
    """The user does not follow the account."""


class MenuRefused(UpstreamRejected):
    """The account may not send message menus."""


class NotPermitted(UpstreamRejected):
    """The operator must put the account or its settings right."""


class ApiBusy(UpstreamUnavailable):
    """WeChat asks to come back later."""


class NotSent(UpstreamUnavailable):
    """The request surely never reached WeChat."""


class NoTurn(NotSent):
    """There was no turn in time under the limit of calls a minute."""


class TokenRefused(UpstreamRejected):
    """The access token is no longer good."""


_BY_CODE: dict[int, type[UpstreamError]] = {
    -1: ApiBusy,
    45009: ApiBusy,
    45011: ApiBusy,
    45015: WindowClosed,
    45047: QuotaSpent,
    43004: NotFollowing,
    43019: NotFollowing,
    40200: MenuRefused,
    40001: TokenRefused,
    40014: TokenRefused,
    42001: TokenRefused,
    40013: NotPermitted,
    40125: NotPermitted,
    40164: NotPermitted,
    40243: NotPermitted,
    48001: NotPermitted,
    48004: NotPermitted,
    50002: NotPermitted,
    61004: NotPermitted,
}


def is_surely_undone(error: UpstreamError) -> bool:
    """Say whether WeChat surely did nothing; after a timeout, a broken connection or nonsense it may have."""
    return isinstance(error, NotSent | ApiBusy | UpstreamRejected)


def error_of(errcode: int, message: str) -> UpstreamError:
    """Return the error for a code; one that is not known is a plain rejection."""
    kind = _BY_CODE.get(errcode, UpstreamRejected)
    return kind("wechat.rejected", message[:100], reason=str(errcode))
