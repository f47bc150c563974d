"""Why a billing system says no, as codes: an order's `reason`, or `fields["reason"]` of `UpstreamRejected`."""

from __future__ import annotations

from enum import Enum


class OrderReason(str, Enum):
    """Why an order was rejected; the state is then `OrderState.REJECTED`."""

    CONTRACT = "contract"  # under a commitment: no cheaper plan, no early end
    CAMPUS_ONLY = "campus_only"  # for students in the campus segment
    AGE = "age"  # for subscribers of 60 and over
    NOT_SELLABLE = "not_sellable"  # retired, outside its validity, or not sold by itself
    ALREADY_HELD = "already_held"
    NOT_HELD = "not_held"  # nothing there to cancel
    ARREARS = "arrears"
    SUSPENDED = "suspended"  # stopped at the customer's wish, or reported lost
    TERMINATED = "terminated"
    NOT_REAL_NAMED = "not_real_named"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    NEEDS_BROADBAND = "needs_broadband"
    NEEDS_FASTER_BROADBAND = "needs_faster_broadband"  # 500M and above
    ALREADY_FASTEST = "already_fastest"  # a gigabit line needs no speed-up
    PLAN_NOT_ELIGIBLE = "plan_not_eligible"  # 5G packs: the plan does not go with it
    BROADBAND_HELD = "broadband_held"  # one line per number
    LIMIT_REACHED = "limit_reached"  # four sub-cards, two watches
    PLAN_REQUIRED = "plan_required"  # a plan is replaced, never cancelled
    NOT_CANCELLABLE = "not_cancellable"  # paid once and running out by itself
    MINIMUM_PLAN = "minimum_plan"  # the promotion asks for a dearer plan


class RejectedReason(str, Enum):
    """What `UpstreamRejected` carries."""

    IDEMPOTENCY_CONFLICT = "idempotency_conflict"  # the key was used for something else
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    TERMINATED = "terminated"  # the number was closed
    UNKNOWN_OFFERING = "unknown_offering"
    NOT_FOUND = "not_found"
    INVALID_REQUEST = "invalid_request"
    ALREADY_SETTLED = "already_settled"
