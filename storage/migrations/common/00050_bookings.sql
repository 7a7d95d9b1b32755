-- +goose Up
-- Calls that visitors were offered or are to get.
CREATE TABLE bookings (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    site_id         TEXT NOT NULL,
    team            TEXT NOT NULL,
    agent           TEXT NOT NULL,
    status          TEXT NOT NULL,
    starts_at       BIGINT,
    ends_at         BIGINT,
    slots           TEXT NOT NULL,
    said            BIGINT NOT NULL,
    sequence        BIGINT NOT NULL,
    asked_number    BOOLEAN NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);
CREATE INDEX bookings_booked ON bookings (starts_at) WHERE status = 'booked';
CREATE INDEX bookings_conversation ON bookings (conversation_id);

ALTER TABLE conversations ADD COLUMN booking_id TEXT NOT NULL DEFAULT '';
