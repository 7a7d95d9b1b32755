-- +goose Up
-- Settled deliveries stay; every look for work goes through these indexes,
-- which hold unsettled rows alone.
CREATE UNIQUE INDEX deliveries_key ON deliveries (lane, dedupe_key) WHERE done_at IS NULL AND dedupe_key <> '';
CREATE INDEX deliveries_head ON deliveries (lane, conversation_id, rank, position) WHERE done_at IS NULL;
CREATE INDEX deliveries_due ON deliveries (lane, due) WHERE done_at IS NULL;
CREATE INDEX deliveries_batch ON deliveries (batch) WHERE batch <> '';

-- Where posts stand at the desk. The lines of a batch share a place.
CREATE TABLE places (
    delivery_id     TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    channel         TEXT NOT NULL,
    stamp           TEXT NOT NULL,
    at              BIGINT NOT NULL
);
CREATE INDEX places_stamp ON places (channel, stamp);
CREATE INDEX places_subject ON places (kind, subject);
CREATE INDEX places_conversation ON places (conversation_id, kind);

CREATE TABLE envelopes (
    envelope_key TEXT PRIMARY KEY,
    order_key    TEXT NOT NULL,
    stamp        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    payload      BYTEA,
    received_at  BIGINT NOT NULL,
    handled_at   BIGINT
);
CREATE INDEX envelopes_unhandled ON envelopes (received_at) WHERE handled_at IS NULL;
