"""Every action of the product, built on one set of services."""

from __future__ import annotations

from rasa_sdk import Action

from actions.identity import AskIdentityCode, ValidateIdentityForm
from actions.services import Services
from actions.smalltalk import SmalltalkIdle
from actions.topup import AskTopupConfirmed, TopupOpen, TopupSubmit, ValidateTopupForm

ACTIONS = (
    ValidateIdentityForm,
    AskIdentityCode,
    TopupOpen,
    ValidateTopupForm,
    AskTopupConfirmed,
    TopupSubmit,
    SmalltalkIdle,
)


def all_actions(services: Services) -> list[Action]:
    """Return one instance of each action."""
    return [kind(services) for kind in ACTIONS]
