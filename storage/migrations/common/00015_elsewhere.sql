-- +goose Up
-- A line that somebody wrote in a thread which was no longer its conversation's.
ALTER TABLE lines ADD COLUMN elsewhere BOOLEAN NOT NULL DEFAULT FALSE;
