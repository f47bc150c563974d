"""Which words stand for which error; the only place where an error becomes something a customer reads."""

from __future__ import annotations

from core.errors import AppError, CustomerError, UpstreamError, UpstreamRejected

BY_CODE = {
    "bss.unknown_number": "utter_error_unknown_number",
    "identity.too_many_codes": "utter_error_too_many_codes",
    "identity.number_terminated": "utter_error_terminated",
    "topup.number_terminated": "utter_error_terminated",
    "plan.not_offered": "utter_plan_refused_not_sellable",
    "plan.already_current": "utter_plan_already_current",
    "plan.not_held": "utter_plan_refused_not_held",
}
# Reasons with which a billing system says no (`bss.reasons`); any other is answered in general words.
BY_REASON = {
    "unknown_number": "utter_error_unknown_number",
    "amount_out_of_range": "utter_topup_refused_amount",
    "terminated": "utter_error_terminated",
    "unknown_offering": "utter_plan_refused_not_sellable",
    **{
        reason: f"utter_plan_refused_{reason}"
        for reason in (
            "contract",
            "campus_only",
            "age",
            "not_sellable",
            "already_held",
            "not_held",
            "arrears",
            "suspended",
            "not_real_named",
            "insufficient_balance",
            "needs_broadband",
            "needs_faster_broadband",
            "already_fastest",
            "plan_not_eligible",
            "broadband_held",
            "limit_reached",
            "plan_required",
            "not_cancellable",
            "minimum_plan",
            "already_fastest",
            "plan_not_eligible",
        )
    },
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
