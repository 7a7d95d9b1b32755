-- +goose Up
-- Within a conversation positions rise in the order of commits, because the
-- conversation's row is locked while they are drawn.
CREATE TABLE deliveries (
    position        BIGSERIAL NOT NULL,
    id              TEXT PRIMARY KEY,
    lane            TEXT NOT NULL,
    dedupe_key      TEXT NOT NULL,
    kind            TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    subject         TEXT NOT NULL,
    priority        BIGINT NOT NULL,
    rank            BIGINT NOT NULL,
    body            TEXT NOT NULL,
    due             BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    first_attempt   BIGINT,
    last_error      TEXT NOT NULL,
    doubtful        BOOLEAN NOT NULL,
    fence           BIGINT NOT NULL,
    lease_until     BIGINT,
    done_at         BIGINT,
    outcome         TEXT NOT NULL,
    -- The head of the batch that the row goes out in; empty for none, and for
    -- a head itself.
    batch           TEXT NOT NULL DEFAULT ''
);
