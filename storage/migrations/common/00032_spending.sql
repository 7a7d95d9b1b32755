-- +goose Up
-- What the assistant did for each visitor on each day, in UTC.
CREATE TABLE spending (
    day        TEXT NOT NULL,
    site_id    TEXT NOT NULL,
    visitor_id TEXT NOT NULL,
    turns      BIGINT NOT NULL,
    tokens     BIGINT NOT NULL,
    PRIMARY KEY (site_id, day, visitor_id)
);
