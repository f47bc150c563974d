"""Every table of the product, registered on the shared metadata for the migrations."""

from __future__ import annotations

import bot.channels.wechat.tables  # noqa: F401
import console.tables  # noqa: F401
import conversations.desk_tables
import conversations.figures.tables
import conversations.leased_jobs
import conversations.question_tables
import conversations.tables
import conversations.unknown.tables  # noqa: F401
import knowledge_base.content.tables
import knowledge_base.exchange.tables
import knowledge_base.offering_store.tables
import knowledge_base.watch.tables  # noqa: F401
