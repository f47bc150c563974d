"""The sandbox's tables; times are ISO 8601 text in UTC, days and months ISO dates, money integer fen."""

from __future__ import annotations

VERSION = "2"  # raised with every change below: an older file is seeded anew

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE subscriber (
    number TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,              -- prepaid, postpaid
    status TEXT NOT NULL,            -- bss.port.SubscriberStatus
    status_reason TEXT NOT NULL,     -- arrears, keep, lost, closed, or empty
    region TEXT NOT NULL,
    birth_year INTEGER,
    is_real_named INTEGER NOT NULL,
    contract_until TEXT,
    in_network_since TEXT NOT NULL,
    segments TEXT NOT NULL,          -- comma-separated
    balance_fen INTEGER NOT NULL,    -- negative: owed
    promotional_fen INTEGER NOT NULL
);

CREATE TABLE product (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    offering_id TEXT NOT NULL,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    period TEXT NOT NULL,
    price_fen INTEGER NOT NULL,
    started TEXT NOT NULL,
    ends TEXT,
    is_cancelled INTEGER NOT NULL DEFAULT 0,
    order_id TEXT
);
CREATE INDEX ix_product_number ON product (number, started);

CREATE TABLE bucket (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,              -- bss.port.UsageKind
    name TEXT NOT NULL,
    offering_id TEXT,
    total INTEGER NOT NULL,
    used INTEGER NOT NULL,
    starts TEXT NOT NULL,
    ends TEXT NOT NULL,
    scope TEXT NOT NULL
);
CREATE INDEX ix_bucket_number ON bucket (number);

CREATE TABLE monthly_use (
    number TEXT NOT NULL,
    month TEXT NOT NULL,
    data_mb INTEGER NOT NULL,
    voice_min INTEGER NOT NULL,
    sms_count INTEGER NOT NULL,
    PRIMARY KEY (number, month)
);

CREATE TABLE bill (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    month TEXT NOT NULL,
    total_fen INTEGER NOT NULL,
    paid_fen INTEGER NOT NULL,
    due TEXT,
    UNIQUE (number, month)
);

CREATE TABLE bill_line (
    bill_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    offering_id TEXT,
    description TEXT NOT NULL,
    PRIMARY KEY (bill_id, position)
);

CREATE TABLE topup (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    key TEXT NOT NULL,
    created TEXT NOT NULL,
    settled TEXT
);

CREATE TABLE product_order (
    id TEXT PRIMARY KEY,
    external_id TEXT NOT NULL UNIQUE,
    number TEXT NOT NULL,
    offering_id TEXT NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    placed TEXT NOT NULL,
    effective TEXT,
    reason TEXT NOT NULL
);
CREATE INDEX ix_product_order_number ON product_order (number, placed);

CREATE TABLE ticket (
    id TEXT PRIMARY KEY,
    number TEXT,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    status TEXT NOT NULL,
    description TEXT NOT NULL,
    created TEXT NOT NULL,
    promised TEXT,
    reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX ix_ticket_number ON ticket (number, created);

CREATE TABLE sms (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at TEXT NOT NULL
);
CREATE INDEX ix_sms_number ON sms (number);

CREATE TABLE interaction (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    number TEXT,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL,
    summary TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT NOT NULL
);

CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,              -- topup, charge
    account TEXT NOT NULL,           -- balance: moved the balance at once; bill: goes on the next bill
    amount_fen INTEGER NOT NULL,     -- positive in, negative out
    balance_after_fen INTEGER NOT NULL,
    key TEXT NOT NULL,
    reference TEXT NOT NULL,         -- the top-up or order
    description TEXT NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (kind, key)
);

CREATE TABLE idempotency (
    verb TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    PRIMARY KEY (verb, key)
);
"""
