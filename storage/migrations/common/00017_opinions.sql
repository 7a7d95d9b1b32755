-- +goose Up
-- What the visitor says of the present episode, of each episode, and of single
-- answers: 1 helped, -1 did not.
ALTER TABLE conversations ADD COLUMN rating TEXT NOT NULL DEFAULT '{}';
ALTER TABLE messages ADD COLUMN thumb BIGINT NOT NULL DEFAULT 0;
CREATE TABLE ratings (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    episode         BIGINT NOT NULL,
    score           BIGINT NOT NULL,
    comment         TEXT NOT NULL,
    rated_at        BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, episode)
);
