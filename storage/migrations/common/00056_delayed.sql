-- +goose Up
-- Lines that can still be taken back by whoever wrote them.
ALTER TABLE conversations ADD COLUMN delayed TEXT NOT NULL DEFAULT 'null';
