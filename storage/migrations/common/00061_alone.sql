-- +goose Up
-- How many lines the assistant has said since anybody but the visitor spoke.
ALTER TABLE conversations ADD COLUMN alone BIGINT NOT NULL DEFAULT 0;
