-- +goose Up
-- What an embedding model made of a text, which is named by its hash. A vector
-- is its numbers as float32, little-endian.
CREATE TABLE vectors (
    model  TEXT NOT NULL,
    hash   TEXT NOT NULL,
    vector BYTEA NOT NULL,
    PRIMARY KEY (model, hash)
);
