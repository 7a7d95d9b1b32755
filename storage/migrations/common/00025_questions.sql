-- +goose Up
-- The questions a passage is known to answer, one a line.
ALTER TABLE sections ADD COLUMN questions TEXT NOT NULL DEFAULT '';
