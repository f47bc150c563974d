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
NAMES = {  # intent -> the response that names it: on a button, or when the bot comes to it
    "topup": "utter_faq_name_topup",
    "plan_query": "utter_faq_name_plan_query",
    "plan_change": "utter_faq_name_plan_change",
    "balance_query": "utter_faq_name_balance_query",
    "bill_query": "utter_faq_name_bill_query",
    "usage_query": "utter_faq_name_usage_query",
    "faq": "utter_faq_name_faq",
    "fault": "utter_faq_name_fault",
    "complaint": "utter_faq_name_complaint",
    "human": "utter_faq_name_human",
}
ENTRIES = frozenset(OPENERS.values()) | {"action_smalltalk_chat", "action_smalltalk_goodbye"}
"""Actions that rules run first: what a message turns out to lean on, or to name, may lie elsewhere."""
HAND_ON = frozenset(OPENERS.values()) | {
    "action_plan_held",
    "action_complaint_progress",
    "action_smalltalk_idle",
    "action_smalltalk_goodbye",
}
"""Actions that leave a message to the form they start."""
