-- +goose Up
CREATE INDEX deliveries_lost ON deliveries (done_at) WHERE outcome = 'abandoned';
