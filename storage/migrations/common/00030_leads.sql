-- +goose Up
-- What a visitor has come to as a lead: stage, score and the reasons.
ALTER TABLE visitors ADD COLUMN lead TEXT NOT NULL DEFAULT '{}';
