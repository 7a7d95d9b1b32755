-- +goose Up
-- Whose share of the room for uploads the file takes, as a keyed hash; empty
-- once a message carries it.
ALTER TABLE files ADD COLUMN uploader TEXT NOT NULL DEFAULT '';
