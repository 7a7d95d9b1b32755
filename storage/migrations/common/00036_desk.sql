-- +goose Up
ALTER TABLE conversations ADD COLUMN joins TEXT NOT NULL DEFAULT 'null';
ALTER TABLE conversations ADD COLUMN snoozed_until BIGINT;
ALTER TABLE conversations ADD COLUMN unanswered_since BIGINT;
ALTER TABLE conversations ADD COLUMN tags TEXT NOT NULL DEFAULT 'null';
-- What an agent holds counts against their capacity.
CREATE INDEX conversations_holder ON conversations (holder) WHERE holder <> '';

ALTER TABLE handoffs ADD COLUMN team TEXT NOT NULL DEFAULT '';
ALTER TABLE handoffs ADD COLUMN offered_to TEXT NOT NULL DEFAULT '';
ALTER TABLE handoffs ADD COLUMN offered_at BIGINT;
ALTER TABLE handoffs ADD COLUMN offers BIGINT NOT NULL DEFAULT 0;
ALTER TABLE handoffs ADD COLUMN passed TEXT NOT NULL DEFAULT 'null';
ALTER TABLE handoffs ADD COLUMN steps BIGINT NOT NULL DEFAULT 0;
ALTER TABLE handoffs ADD COLUMN response_due BIGINT;
ALTER TABLE handoffs ADD COLUMN responded_at BIGINT;
ALTER TABLE handoffs ADD COLUMN breached_at BIGINT;
-- So does what is offered to them.
CREATE INDEX handoffs_offered ON handoffs (offered_to) WHERE offered_to <> '';

ALTER TABLE visitors ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE visitors ADD COLUMN blocked_at BIGINT;
ALTER TABLE visitors ADD COLUMN blocked_by TEXT NOT NULL DEFAULT '';

CREATE TABLE duties (
    agent_id     TEXT PRIMARY KEY,
    state        TEXT NOT NULL,
    state_until  BIGINT,
    missed       BIGINT NOT NULL,
    last_offered BIGINT,
    changed_at   BIGINT
);
