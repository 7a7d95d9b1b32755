-- +goose Up
CREATE TABLE sites (
    id   TEXT PRIMARY KEY,
    data TEXT NOT NULL
);

CREATE TABLE teams (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL
);
INSERT INTO teams (id, name) VALUES ('support', 'Support');

CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE leases (
    name        TEXT PRIMARY KEY,
    owner       TEXT NOT NULL,
    lease_until BIGINT NOT NULL
);

CREATE TABLE sections (
    source  TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    id      TEXT NOT NULL,
    title   TEXT NOT NULL,
    url     TEXT NOT NULL,
    text    TEXT NOT NULL,
    PRIMARY KEY (source, ordinal)
);

CREATE TABLE library (
    id      BIGINT PRIMARY KEY,
    edition BIGINT NOT NULL
);
INSERT INTO library (id, edition) VALUES (1, 0);

CREATE TABLE marks (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
