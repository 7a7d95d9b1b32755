-- +goose Up
ALTER TABLE conversations ADD COLUMN trail TEXT NOT NULL DEFAULT 'null';
ALTER TABLE conversations ADD COLUMN device TEXT NOT NULL DEFAULT '';
