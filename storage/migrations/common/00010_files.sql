-- +goose Up
-- A file's bytes lie in pieces, so that no write of one holds up the others
-- for long. A file counts once whole is set.
CREATE TABLE files (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    from_desk       BOOLEAN NOT NULL,
    message_id      TEXT NOT NULL,
    desk_id         TEXT NOT NULL,
    name            TEXT NOT NULL,
    type            TEXT NOT NULL,
    size            BIGINT NOT NULL,
    width           BIGINT NOT NULL,
    height          BIGINT NOT NULL,
    whole           BOOLEAN NOT NULL,
    -- Since when it has been as it is: made, or let go by its message.
    created_at      BIGINT NOT NULL
);
CREATE INDEX files_conversation ON files (conversation_id);
CREATE INDEX files_loose ON files (created_at) WHERE message_id = '';

CREATE TABLE file_pieces (
    file_id TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    data    BYTEA NOT NULL,
    PRIMARY KEY (file_id, ordinal)
);

ALTER TABLE messages ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]';
ALTER TABLE lines ADD COLUMN files TEXT NOT NULL DEFAULT '[]';
