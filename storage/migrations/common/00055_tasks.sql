-- +goose Up
-- What agents are to do by some time. A task without a conversation stands
-- alone.
CREATE TABLE tasks (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    title           TEXT NOT NULL,
    context         TEXT NOT NULL,
    priority        BIGINT NOT NULL,
    due             BIGINT,
    agent_id        TEXT NOT NULL,
    team            TEXT NOT NULL,
    cadence         BIGINT NOT NULL,
    tries           BIGINT NOT NULL,
    attempts        TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    note            TEXT NOT NULL,
    remind_at       BIGINT,
    reminded        BIGINT,
    told            BIGINT NOT NULL,
    arm             BIGINT NOT NULL,
    rev             BIGINT NOT NULL,
    created_by      TEXT NOT NULL,
    closed_by       TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    closed_at       BIGINT
);
CREATE INDEX tasks_open ON tasks (due) WHERE outcome = '';
CREATE INDEX tasks_conversation ON tasks (conversation_id) WHERE conversation_id <> '';

-- How the attempts to reach a visitor stand.
ALTER TABLE visitors ADD COLUMN reach TEXT NOT NULL DEFAULT '{}';
