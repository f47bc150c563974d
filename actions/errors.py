"""Which words stand for which error; the only place where an error becomes something a customer reads."""

from __future__ import annotations

from core.errors import AppError, CustomerError, UpstreamError, UpstreamRejected

BY_CODE = {
    "bss.unknown_number": "utter_error_unknown_number",
    "identity.too_many_codes": "utter_error_too_many_codes",
    "identity.number_terminated": "utter_error_terminated",
    "topup.number_terminated": "utter_error_terminated",
    "topup.unanswered": "utter_topup_unanswered",
    "plan.unanswered": "utter_plan_unanswered",
    "plan.not_offered": "utter_plan_refused_not_sellable",
    "plan.not_orderable": "utter_plan_refused_not_orderable",
    "plan.already_current": "utter_plan_already_current",
    "plan.not_cancellable": "utter_plan_refused_not_cancellable",
    "plan.not_held": "utter_plan_refused_not_held",
}
# Reasons with which a billing system says no (`bss.reasons`); any other is answered in general words.
BY_REASON = {
    "unknown_number": "utter_error_unknown_number",
    "amount_out_of_range": "utter_topup_refused_amount",
    "terminated": "utter_error_terminated",
    "unknown_offering": "utter_plan_refused_not_sellable",
    "contract": "utter_plan_refused_contract",
    "campus_only": "utter_plan_refused_campus_only",
    "age": "utter_plan_refused_age",
    "not_sellable": "utter_plan_refused_not_sellable",
    "already_held": "utter_plan_refused_already_held",
    "not_held": "utter_plan_refused_not_held",
    "arrears": "utter_plan_refused_arrears",
    "suspended": "utter_plan_refused_suspended",
    "not_real_named": "utter_plan_refused_not_real_named",
    "insufficient_balance": "utter_plan_refused_insufficient_balance",
    "needs_broadband": "utter_plan_refused_needs_broadband",
    "needs_faster_broadband": "utter_plan_refused_needs_faster_broadband",
    "already_fastest": "utter_plan_refused_already_fastest",
    "plan_not_eligible": "utter_plan_refused_plan_not_eligible",
    "broadband_held": "utter_plan_refused_broadband_held",
    "limit_reached": "utter_plan_refused_limit_reached",
    "plan_required": "utter_plan_refused_plan_required",
    "not_cancellable": "utter_plan_refused_not_cancellable",
    "minimum_plan": "utter_plan_refused_minimum_plan",
}
BY_CLASS: tuple[tuple[type[AppError], str], ...] = (
    (UpstreamRejected, "utter_error_rejected"),
    (UpstreamError, "utter_error_upstream"),
    (CustomerError, "utter_error_customer"),
    (AppError, "utter_error_internal"),
)


def response_for(error: AppError) -> str:
    """Return the response that says it."""
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    if isinstance(error, UpstreamRejected):
        return words_for_reason(str(error.fields.get("reason")))
    return next(words for kind, words in BY_CLASS if isinstance(error, kind))


def words_for_reason(reason: str) -> str:
    """Return the response that says why the billing system refused."""
    return BY_REASON.get(reason, "utter_error_rejected")
