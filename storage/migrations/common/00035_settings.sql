-- +goose Up
-- The settings are one document; sites have a table of their own. The edition
-- rises with every change of either.
CREATE TABLE settings (
    id      BIGINT PRIMARY KEY,
    edition BIGINT NOT NULL,
    data    TEXT NOT NULL
);

DROP TABLE teams;

CREATE TABLE audit (
    id         TEXT PRIMARY KEY,
    at         BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    old_value  TEXT NOT NULL,
    new_value  TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_subject ON audit (subject);
