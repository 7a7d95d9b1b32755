-- +goose Up
-- Each stretch of a conversation from its first message to its resolve.
-- from_seq is the newest message of the stretch before.
CREATE TABLE episodes (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number          BIGINT NOT NULL,
    site_id         TEXT NOT NULL,
    from_seq        BIGINT NOT NULL,
    began_at        BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, number)
);
CREATE INDEX episodes_began ON episodes (began_at);
INSERT INTO episodes (conversation_id, number, site_id, from_seq, began_at)
    SELECT id, episode, site_id, episode_from, COALESCE(created_at, 0) FROM conversations WHERE status <> '';

-- Who pulled a handoff's trigger, and when handoffs for a trigger last ended.
ALTER TABLE handoffs ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN cooling TEXT NOT NULL DEFAULT '[]';
