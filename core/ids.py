"""Names for the identifiers that cross rooms."""

from __future__ import annotations

from typing import NewType

Msisdn = NewType("Msisdn", str)  # eleven digits, no country code
OfferingId = NewType("OfferingId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
ArticleId = NewType("ArticleId", str)
