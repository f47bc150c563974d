"""Every error the product raises on purpose.

AppError
├── CustomerError        the customer can put it right (a wrong code, an amount out of range)
├── StaffError           an agent or operator can put it right (a bad import row, a missing setting)
│   └── NotAllowed       the caller's role or identity does not reach this far
└── UpstreamError        somebody else is down
    ├── UpstreamTimeout      no answer inside the budget; for a write the effect is unknown
    ├── UpstreamUnavailable  refused, reset, or answered 5xx
    ├── UpstreamMalformed    answered something the contract does not allow
    └── UpstreamRejected     answered a clear no (4xx); `reason` is the other side's code

Anything else that escapes is a bug. `code` is the stable key by which the process edge finds the words
to say; `str(error)` is for logs and never reaches a customer.
"""

from __future__ import annotations


class AppError(Exception):
    """Root of the tree; `code` is a dotted lower-case key such as ``topup.amount_out_of_range``."""

    def __init__(self, code: str, detail: str = "", **fields: object) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.fields = fields


class CustomerError(AppError):
    """The customer can put it right."""


class StaffError(AppError):
    """An agent, operator or administrator can put it right."""


class NotAllowed(StaffError):
    """The caller's role or identity does not reach this far."""


class UpstreamError(AppError):
    """Somebody else is down or answers wrongly."""


class UpstreamTimeout(UpstreamError):
    """No answer inside the budget; the effect of a write is unknown and must be looked up by its key."""


class UpstreamUnavailable(UpstreamError):
    """Refused, reset, or answered 5xx."""


class UpstreamMalformed(UpstreamError):
    """Answered something the contract does not allow."""


class UpstreamRejected(UpstreamError):
    """Answered a clear no; ``fields["reason"]`` carries the other side's code."""
