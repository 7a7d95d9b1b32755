-- +goose Up
-- Echoes of shared files are found by what the desk calls them.
CREATE INDEX files_desk ON files (desk_id) WHERE desk_id <> '';
