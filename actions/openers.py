"""Which action the rule of an intent runs; a button named in words leads there whatever its words were taken for."""

from __future__ import annotations

OPENERS = {
    "topup": "action_topup_open",
    "plan_query": "action_plan_answer",
    "plan_change": "action_plan_open",
    "balance_query": "action_balance_show",
    "bill_query": "action_bill_show",
    "usage_query": "action_usage_show",
    "faq": "action_faq_answer",
    "fault": "action_fault_open",
    "complaint": "action_complaint_open",
    "human": "action_handoff",
}
HAND_ON = frozenset(OPENERS.values()) | {"action_smalltalk_idle", "action_smalltalk_goodbye"}
"""Actions that leave a message to the form they start."""
