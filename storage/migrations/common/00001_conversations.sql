-- +goose Up
CREATE TABLE visitors (
    id         TEXT PRIMARY KEY,
    site_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    phone      TEXT NOT NULL,
    fields     TEXT NOT NULL,
    attributes TEXT NOT NULL,
    created_at BIGINT
);

CREATE TABLE agents (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    title    TEXT NOT NULL,
    picture  TEXT NOT NULL,
    outsider BOOLEAN NOT NULL
);

CREATE TABLE conversations (
    id              TEXT PRIMARY KEY,
    site_id         TEXT NOT NULL,
    visitor_id      TEXT NOT NULL,
    status          TEXT NOT NULL,
    epoch           BIGINT NOT NULL,
    rev             BIGINT NOT NULL,
    status_rev      BIGINT NOT NULL,
    seq             BIGINT NOT NULL,
    episode         BIGINT NOT NULL,
    episode_from    BIGINT NOT NULL,
    turn            BIGINT NOT NULL,
    answered_turn   BIGINT NOT NULL,
    restarts        BIGINT NOT NULL,
    assistant_helps BOOLEAN NOT NULL,
    holder          TEXT NOT NULL,
    holds           TEXT NOT NULL,
    handoff_id      TEXT NOT NULL,
    hand_back       TEXT NOT NULL,
    expectation     TEXT NOT NULL,
    page_url        TEXT NOT NULL,
    referrer        TEXT NOT NULL,
    locale          TEXT NOT NULL,
    last_order      BIGINT,
    last_visitor_at BIGINT,
    visitor_seen    BIGINT NOT NULL,
    created_at      BIGINT,
    updated_at      BIGINT
);
CREATE INDEX conversations_status ON conversations (status, updated_at);
CREATE INDEX conversations_visitor ON conversations (visitor_id);

CREATE TABLE handoffs (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    episode         BIGINT NOT NULL,
    status          TEXT NOT NULL,
    trigger_name    TEXT NOT NULL,
    evidence        TEXT NOT NULL,
    reason          TEXT NOT NULL,
    priority        BIGINT NOT NULL,
    call_managers   BOOLEAN NOT NULL,
    alerted         BOOLEAN NOT NULL,
    tags            TEXT NOT NULL,
    summary         TEXT NOT NULL,
    page_url        TEXT NOT NULL,
    opened_at       BIGINT,
    waiting_since   BIGINT,
    claimed_by      TEXT NOT NULL,
    claimed_at      BIGINT,
    arm             BIGINT NOT NULL,
    outcome         TEXT NOT NULL,
    note            TEXT NOT NULL,
    resolved_by     TEXT NOT NULL,
    closed_at       BIGINT
);
CREATE UNIQUE INDEX handoffs_one_open ON handoffs (conversation_id) WHERE status IN ('open', 'claimed');
CREATE INDEX handoffs_conversation ON handoffs (conversation_id);

CREATE TABLE messages (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq             BIGINT NOT NULL,
    rev             BIGINT NOT NULL,
    first_rev       BIGINT NOT NULL,
    sort_order      BIGINT,
    author_kind     TEXT NOT NULL,
    author_name     TEXT NOT NULL,
    author_title    TEXT NOT NULL,
    author_agent    TEXT NOT NULL,
    text            TEXT NOT NULL,
    html            TEXT NOT NULL,
    sources         TEXT NOT NULL,
    client_id       TEXT NOT NULL,
    reply_id        TEXT NOT NULL,
    line_key        TEXT NOT NULL,
    created_at      BIGINT,
    edited_at       BIGINT,
    deleted         BOOLEAN NOT NULL,
    stamp           TEXT NOT NULL,
    UNIQUE (conversation_id, seq)
);
CREATE UNIQUE INDEX messages_client ON messages (conversation_id, client_id) WHERE client_id <> '';
CREATE INDEX messages_rev ON messages (conversation_id, rev);

CREATE TABLE lines (
    line_key        TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    agent_id        TEXT NOT NULL,
    stamp           TEXT NOT NULL,
    text            TEXT NOT NULL,
    html            TEXT NOT NULL,
    standing        TEXT NOT NULL,
    message_id      TEXT NOT NULL,
    edited          TEXT NOT NULL,
    created_at      BIGINT
);
CREATE INDEX lines_conversation ON lines (conversation_id, stamp);

-- What an event came to, kept for ever: the second report of a happening
-- finds the first one's receipt here.
CREATE TABLE events (
    event_key       TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    receipt         TEXT NOT NULL,
    at              BIGINT NOT NULL
);
CREATE INDEX events_conversation ON events (conversation_id);
