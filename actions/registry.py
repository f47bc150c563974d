"""Every action of the product, built on one set of services."""

from __future__ import annotations

from rasa_sdk import Action

from actions.balance import BalanceShow
from actions.bill import BillShow
from actions.complaint import ComplaintOpen, ComplaintSubmit, ValidateComplaintForm
from actions.faq import FaqAnswer
from actions.fault import AskFaultSolved, FaultOpen, FaultSubmit, ValidateFaultForm
from actions.handoff import Handoff
from actions.identity import AskIdentityCode, ValidateIdentityForm
from actions.plan import PlanAnswer
from actions.plan_advise import PlanAdvise
from actions.plan_held import PlanHeld
from actions.plan_open import PlanOpen
from actions.plan_order import AskPlanConfirmed, AskPlanOffering, PlanSubmit, ValidatePlanForm
from actions.services import Services
from actions.smalltalk import SmalltalkChat, SmalltalkGoodbye, SmalltalkIdle
from actions.ticket_progress import ComplaintProgress
from actions.topup import AskTopupConfirmed, TopupSubmit, ValidateTopupForm
from actions.topup_open import TopupOpen
from actions.usage import UsageShow

ACTIONS = (
    ValidateIdentityForm,
    AskIdentityCode,
    TopupOpen,
    ValidateTopupForm,
    AskTopupConfirmed,
    TopupSubmit,
    PlanAnswer,
    PlanAdvise,
    PlanHeld,
    PlanOpen,
    ValidatePlanForm,
    AskPlanOffering,
    AskPlanConfirmed,
    PlanSubmit,
    BillShow,
    BalanceShow,
    UsageShow,
    FaqAnswer,
    FaultOpen,
    ValidateFaultForm,
    AskFaultSolved,
    FaultSubmit,
    ComplaintOpen,
    ValidateComplaintForm,
    ComplaintSubmit,
    ComplaintProgress,
    Handoff,
    SmalltalkGoodbye,
    SmalltalkChat,
    SmalltalkIdle,
)


def all_actions(services: Services) -> list[Action]:
    """Return one instance of each action."""
    return [kind(services) for kind in ACTIONS]
