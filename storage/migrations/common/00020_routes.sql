-- +goose Up
-- The desk's channel in which a conversation's thread stands, the root that it
-- was moved away from, and whether its lines are mirrored at present.
ALTER TABLE conversations ADD COLUMN route TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN left_channel TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN left_stamp TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN quiet BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE conversations ADD COLUMN quiet_after BIGINT NOT NULL DEFAULT 0;
